import { randomBytes, randomUUID } from 'node:crypto';
import { type BoxOfficeClient, type ClientOptions, createBoxOfficeClient } from '@boxoffice/client';
import type { SeatingPlanFile } from '@boxoffice/venues';

/** Somebody with a session. */
export type Person = { client: BoxOfficeClient; userId: string; email: string; password: string };
/** Somebody with an account; in `memberships` what their token says. */
export const newEmail = (who: string): string => `${who}-${randomUUID().slice(0, 12)}@journey.example`;
export const newPassword = (): string => randomBytes(12).toString('base64url');

export async function register(url: string, who: string): Promise<Person> {
  const client = createBoxOfficeClient({ url });
  const email = newEmail(who);
  const password = newPassword();
  const session = await client.identity.register.mutate({ email, password, name: `${who} of a journey` });
  client.setSession(session);
  return { client, userId: session.userId, email, password };
}

export async function logIn(url: string, credentials: { email: string; password: string }): Promise<Person> {
  const client = createBoxOfficeClient({ url });
  const session = await client.identity.login.mutate(credentials);
  client.setSession(session);
  return { client, userId: session.userId, ...credentials };
}

/** `options`: how this guest's client behaves. */
export async function guest(url: string, email = newEmail('guest'), options: Omit<ClientOptions, 'url'> = {}): Promise<Person> {
  const client = createBoxOfficeClient({ url, ...options });
  const session = await client.identity.continueAsGuest.mutate({ email });
  client.setSession(session);
  return { client, userId: session.userId, email, password: '' };
}

/** An organiser with an organisation, and a token that says so. */
export type Organiser = Person & { organisationId: string };

/** Registers an organiser, or takes an existing one, and gives them a new organisation. */
export async function organiserOf(url: string, credentials?: { email: string; password: string }): Promise<Organiser> {
  const person = credentials ? await logIn(url, credentials) : await register(url, 'organiser');
  const { organisationId } = await person.client.identity.createOrganisation.mutate({ name: 'Journey Hall' });
  await person.client.renewSession();
  return { ...person, organisationId };
}

/** Everything createEvent asks for; on sale since a minute ago, prices 10.00, 20.00, … per category in plan order. */
export function eventInput(organiser: Organiser, seatingPlanId: string, plan: SeatingPlanFile) {
  const now = Date.now();
  return {
    organisationId: organiser.organisationId,
    seatingPlanId,
    name: 'Journey concert',
    venue: plan.name,
    startsAt: new Date(now + 7 * 86_400_000),
    timeZone: 'Atlantic/Canary',
    currency: 'EUR',
    prices: plan.categories.map(({ name }, index) => ({ category: name, priceMinor: 1000 * (index + 1) })),
    onSaleFrom: new Date(now - 60_000),
    onSaleUntil: new Date(now + 6 * 86_400_000),
  };
}

/** Uploads the plan, creates an event from it and publishes it. */
export async function eventOnSale(organiser: Organiser, plan: SeatingPlanFile, changes: object = {}): Promise<string> {
  const { seatingPlanId } = await organiser.client.uploadSeatingPlan({ organisationId: organiser.organisationId, plan });
  const { eventId } = await organiser.client.booking.createEvent.mutate({ ...eventInput(organiser, seatingPlanId, plan), ...changes });
  await organiser.client.booking.publishEvent.mutate({ eventId });
  return eventId;
}
