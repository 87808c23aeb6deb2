import type { Organiser, Person } from './people.ts';

/**
 * The organisation of earlier runs, known by its newest event, which is called `name`; else a new one of that name. Tokens list few memberships: a
 * new organisation each time would fill them up.
 */
export async function ownOrganisation(administrator: Person, name: string): Promise<Organiser> {
  const { client } = administrator;
  const { memberships } = await client.identity.me.query({});
  const mine = memberships.filter(({ role }) => role === 'owner').map(({ organisationId }) => organisationId);
  const newest = await Promise.all(mine.map((organisationId) => client.booking.listOrganisationEvents.query({ organisationId, limit: 1 })));
  const found = mine.find((_, index) => newest[index]?.events[0]?.name === name);
  if (found) return { ...administrator, organisationId: found };
  // A run that failed before it had an event gets the same organisation again, by the key.
  const key = `${name.toLowerCase().replaceAll(' ', '-')}-organisation`;
  const { organisationId } = await client.identity.createOrganisation.mutate({ name }, { context: { idempotencyKey: key } });
  await client.renewSession();
  return { ...administrator, organisationId };
}
