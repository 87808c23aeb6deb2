import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type BoxOfficeClient, createBoxOfficeClient, refusedWith } from '@boxoffice/client';
import type { PaymentMethod } from '@boxoffice/contracts';
import { paraninfo } from '@boxoffice/venues';

export type Credentials = { email: string; password: string };
/** What demo.json keeps. */
export type Demo = { url: string; organiser: Credentials; customer: Credentials; door: Credentials; organisationId: string; eventId: string };

const day = 86_400_000;
const prices: Record<string, number> = { 'Front stalls': 4500, Stalls: 3500, Amphitheatre: 2500, Box: 6000 };
const credentials = (who: string): Credentials => ({ email: `${who}@demo.example`, password: randomBytes(9).toString('base64url') });

/** Makes the demo through the public API, as anybody would: accounts, an organisation, the Paraninfo on sale for four weeks. */
export async function seedDemo(url: string): Promise<Demo> {
  const people = { organiser: credentials('organiser'), customer: credentials('customer'), door: credentials('door') };
  const organiser = createBoxOfficeClient({ url });
  // The organiser first: the first account of an installation may create organisations.
  organiser.setSession(await organiser.identity.register.mutate({ ...people.organiser, name: 'Demo organiser' }));
  const anyone = createBoxOfficeClient({ url });
  const others = Promise.all([
    anyone.identity.register.mutate({ ...people.customer, name: 'Demo customer' }),
    anyone.identity.register.mutate({ ...people.door, name: 'Demo door' }),
  ]);
  const { organisationId } = await organiser.identity.createOrganisation.mutate({ name: 'Demo Hall' });
  await organiser.renewSession();
  const plan = paraninfo();
  const { seatingPlanId } = await organiser.uploadSeatingPlan({ organisationId, plan });
  const now = Date.now();
  const { eventId } = await organiser.booking.createEvent.mutate({
    organisationId,
    seatingPlanId,
    name: 'Opening night',
    venue: plan.name,
    startsAt: new Date(now + 28 * day),
    timeZone: 'Atlantic/Canary',
    currency: 'EUR',
    prices: plan.categories.map(({ name }) => ({ category: name, priceMinor: prices[name] ?? 2000 })),
    onSaleFrom: new Date(now - 60_000),
    onSaleUntil: new Date(now + 28 * day),
  });
  await organiser.booking.publishEvent.mutate({ eventId });
  await payableByHand(organiser, eventId);
  await others;
  await organiser.identity.addMember.mutate({ organisationId, email: people.door.email, role: 'door' });
  return { url, ...people, organisationId, eventId };
}

/** Cards first; a transfer within two days, or cash at the door. The payment service hears of the event a moment after it is published. */
async function payableByHand(organiser: BoxOfficeClient, eventId: string): Promise<void> {
  const bankTransfer = { withinHours: 48, instructions: 'Demo Bank, account 0000 0000; name the reference.' };
  const settings = {
    methods: ['online', 'bank-transfer', 'at-door'] as PaymentMethod[],
    bankTransfer,
    atDoor: { untilHoursBefore: 2 },
    cancelUntilHours: 48,
  };
  for (let left = 50; ; left--)
    try {
      await organiser.payment.setEventPayments.mutate({ eventId, ...settings });
      return;
    } catch (error) {
      if (left === 0 || !refusedWith(error, 'EVENT_NOT_FOUND')) throw error;
      await delay(100);
    }
}
