import {
  type Actor,
  type CreateEvent,
  type Event,
  type EventChanged,
  type Membership,
  Refusal,
  type Role,
  rolesThatInclude,
} from '@boxoffice/contracts';
import type { z } from 'zod';
import type { Fault } from './faults.ts';

/** An event with its price classes in plan order. */
export type EventState = {
  id: string;
  organisationId: string;
  name: string;
  venue: string;
  startsAt: Date;
  timeZone: string;
  currency: string;
  status: 'DRAFT' | 'PUBLISHED' | 'CANCELLED';
  revision: number;
  onSaleFrom: Date;
  onSaleUntil: Date;
  maxSeatsPerCustomer: number;
  seats: number;
  prices: { category: string; priceMinor: number }[];
};
/** A category of a plan and how many seats it has. */
export type PlanCategory = { name: string; seats: number };

const dayMs = 86_400_000;
/** The largest amount a payment can carry (a 32-bit column), less the highest fee for the most seats. */
const maxAmountMinor = 2_000_000_000;
const earliest = Date.UTC(2000, 0);
const latest = Date.UTC(2200, 0);

/**
 * The price of each category, in plan order. Refuses EVENT_INVALID with every fault: a category without a price (one nobody sits in may go without), a price
 * for no category or given twice, a full basket no payment could carry, and dates in the wrong order.
 */
export function pricesOf(input: z.output<typeof CreateEvent>, categories: readonly PlanCategory[]): { category: string; priceMinor: number }[] {
  const faults = dateFaults(input);
  const prices = new Map<string, number>();
  input.prices.forEach((price, index) => {
    const category = price.category.normalize('NFC'); // as the plan's names are kept
    const path = `prices[${index}].category`;
    if (!categories.some(({ name }) => name === category)) faults.push({ path, message: `the plan has no category ${JSON.stringify(category)}` });
    else if (prices.has(category)) faults.push({ path, message: `category ${JSON.stringify(category)} is priced twice` });
    if (price.priceMinor * input.maxSeatsPerCustomer > maxAmountMinor)
      faults.push({
        path: `prices[${index}].priceMinor`,
        message: `${input.maxSeatsPerCustomer} seats at this price are more than one payment can carry`,
      });
    prices.set(category, price.priceMinor);
  });
  for (const { name, seats } of categories)
    if (seats > 0 && !prices.has(name)) faults.push({ path: 'prices', message: `missing price for category ${JSON.stringify(name)}` });
  if (faults.length > 0) throw new Refusal('EVENT_INVALID', { faults });
  return categories.flatMap(({ name }) => {
    const priceMinor = prices.get(name);
    return priceMinor === undefined ? [] : [{ category: name, priceMinor }];
  });
}

function dateFaults({ startsAt, onSaleFrom, onSaleUntil }: { startsAt: string; onSaleFrom: string; onSaleUntil: string }): Fault[] {
  const faults: Fault[] = [];
  for (const [path, value] of Object.entries({ startsAt, onSaleFrom, onSaleUntil }))
    if (!(Date.parse(value) >= earliest && Date.parse(value) < latest)) faults.push({ path, message: 'must lie between the years 2000 and 2200' });
  if (faults.length > 0) return faults;
  if (Date.parse(onSaleFrom) >= Date.parse(onSaleUntil)) faults.push({ path: 'onSaleUntil', message: 'must be after onSaleFrom' });
  if (Date.parse(onSaleUntil) > Date.parse(startsAt) + dayMs) faults.push({ path: 'onSaleUntil', message: 'must be at most one day after startsAt' });
  return faults;
}

/** Opens a draft to the public. Refuses EVENT_NOT_DRAFT. */
export function decidePublish(event: EventState): EventState {
  if (event.status !== 'DRAFT') throw new Refusal('EVENT_NOT_DRAFT', { status: event.status });
  return { ...event, status: 'PUBLISHED', revision: event.revision + 1 };
}

/** Ends an event for good; undefined when it has ended before. */
export function decideCancel(event: EventState): EventState | undefined {
  return event.status === 'CANCELLED' ? undefined : { ...event, status: 'CANCELLED', revision: event.revision + 1 };
}

/** The organisations this actor belongs to, in whatever role: drafts outside them do not exist for him. */
export const organisationsOf = (actor: Actor): string[] => (actor.kind === 'user' ? actor.memberships.map((member) => member.organisationId) : []);

/** For members of the organisation only, whom the caller has told from strangers before. Refuses ROLE_REQUIRED unless one of their roles includes `role`. */
export function requireRole(memberships: readonly Membership[], organisationId: string, role: Role): void {
  const roles = memberships.filter((member) => member.organisationId === organisationId).map((member) => member.role);
  if (!roles.some((held) => rolesThatInclude(role).includes(held))) throw new Refusal('ROLE_REQUIRED', { role });
}

/** The event as the API tells it. */
export function eventOf(event: EventState, holdTtlMs: number): z.input<typeof Event> {
  const { id, revision: _, ...told } = event;
  return { eventId: id, holdTtlMs, ...told };
}

/** What the other services need to know about the event. */
export function factsOf(event: EventState): z.input<typeof EventChanged.payload> {
  const { id, organisationId, revision, name, venue, startsAt, timeZone, currency, status } = event;
  return { eventId: id, organisationId, revision, name, venue, startsAt, timeZone, currency, status };
}

/** The names of a staff action about the event. */
export const actOn = ({ id, organisationId }: Pick<EventState, 'id' | 'organisationId'>, userId: string) => {
  return { organisationId, eventId: id, userId, subject: id, reason: null };
};
