import type { BoxOfficeClient } from '@boxoffice/client';
import { arena, type SeatingPlanFile } from '@boxoffice/venues';
import { eventInput, type Organiser } from './people.ts';
import type { JourneyReport } from './report.ts';

/** Uploads seating plans that each have one fault; every one is refused and nothing is stored. */
export async function refusesBadPlans({ refused }: JourneyReport, organiser: Organiser, plan: SeatingPlanFile): Promise<void> {
  const upload = (changed: unknown) =>
    organiser.client.uploadSeatingPlan({
      organisationId: organiser.organisationId,
      plan: typeof changed === 'string' ? changed : JSON.stringify(changed),
    });
  const edited = (edit: (copy: SeatingPlanFile) => void) => {
    const copy = structuredClone(plan);
    edit(copy);
    return copy;
  };
  const seatsOf = (copy: SeatingPlanFile) => copy.zones[0]?.rows[0]?.seats ?? [];
  await refused('plan: duplicate seat ids', 'SEATING_PLAN_INVALID', () =>
    upload(edited((copy) => Object.assign(seatsOf(copy)[1] ?? {}, { seat_guid: seatsOf(copy)[0]?.seat_guid }))),
  );
  await refused('plan: unknown category', 'SEATING_PLAN_INVALID', () =>
    upload(edited((copy) => Object.assign(seatsOf(copy)[0] ?? {}, { category: 'Nowhere' }))),
  );
  await refused('plan: not JSON', 'SEATING_PLAN_INVALID', () => upload('{"zones": ['));
  await refused('plan: no seats', 'SEATING_PLAN_INVALID', () => upload(edited((copy) => copy.zones.splice(0))));
  await refused('plan: more than 100,000 seats', 'SEATING_PLAN_INVALID', () => upload(arena(100_500)));
  await refused('plan: body larger than 16 MiB', 'SEATING_PLAN_TOO_LARGE', () => upload(' '.repeat(16 * 1024 * 1024 + 1)));
}

/** Asks for events that do not fit their plan or are not the caller's to make. */
export async function refusesBadEvents(
  { refused }: JourneyReport,
  organiser: Organiser,
  { stranger, seatingPlanId, plan }: { stranger: BoxOfficeClient; seatingPlanId: string; plan: SeatingPlanFile },
): Promise<void> {
  const good = eventInput(organiser, seatingPlanId, plan);
  const create = (changes: object, client = organiser.client) => client.booking.createEvent.mutate({ ...good, ...changes });
  await refused('event: missing price', 'EVENT_INVALID', () => create({ prices: good.prices.slice(1) }));
  await refused('event: price of an unknown category', 'EVENT_INVALID', () =>
    create({ prices: [...good.prices, { category: 'Nowhere', priceMinor: 1 }] }),
  );
  await refused('event: sale ends before it starts', 'EVENT_INVALID', () => create({ onSaleUntil: new Date(0) }));
  await refused('event: negative price', 'BAD_REQUEST', () => create({ prices: good.prices.map((price) => ({ ...price, priceMinor: -1 })) }));
  await refused('event: currency that does not exist', 'BAD_REQUEST', () => create({ currency: 'XXQ' }));
  await refused('event: time zone that does not exist', 'BAD_REQUEST', () => create({ timeZone: 'Mars/Olympus' }));
  await refused('event: unknown plan', 'SEATING_PLAN_NOT_FOUND', () => create({ seatingPlanId: crypto.randomUUID() }));
  await refused("event: somebody else's organisation", 'ORGANISATION_NOT_FOUND', () => create({}, stranger));
}
