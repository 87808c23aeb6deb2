import { Refusal, type Role, type User } from '@boxoffice/contracts';
import type { Database, Tx } from '@boxoffice/postgres';
import type { EventFacts } from './domain/event-payments.ts';
import { organisationsOf, requireRole } from './domain/staff.ts';
import { eventOfOrganisations } from './persistence/event-facts.sql.ts';

/** An event for staff in this role. Refuses EVENT_NOT_FOUND to strangers, and of an event nobody has told of; ROLE_REQUIRED. */
export async function eventOfStaff(db: Database | Tx, eventId: string, { actor, role }: { actor: User; role: Role }): Promise<EventFacts> {
  const event = await eventOfOrganisations(db, eventId, organisationsOf(actor));
  if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
  requireRole(actor, event.organisationId, role);
  return event;
}
