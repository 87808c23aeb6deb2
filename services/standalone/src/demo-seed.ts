import { randomBytes } from 'node:crypto';
import { createBoxOfficeClient } from '@boxoffice/client';
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
  await others;
  await organiser.identity.addMember.mutate({ organisationId, email: people.door.email, role: 'door' });
  return { url, ...people, organisationId, eventId };
}
