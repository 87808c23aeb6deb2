import { query, type Tx } from '@boxoffice/postgres';
import type { TicketAtDoor } from '../domain/door.ts';

/** One try to let a ticket in; `id` is the check-in's own. */
export type Attempt = { id: string; ticketId: string; revision: number; eventId: string; gate: string; checkedInBy: string };
export type Welcomed = { organisationId: string; seatId: string; label: string; category: string; gate: string; usedAt: Date };

/**
 * Lets the ticket in and records who did, or returns undefined and changes nothing. Of any number of doors that try at once exactly one gets
 * the row: the others wait for its lock, look again, and find it USED.
 */
export async function letIn(tx: Tx, { id, ticketId, revision, eventId, gate, checkedInBy }: Attempt): Promise<Welcomed | undefined> {
  const rows = await query<Welcomed>(
    tx,
    `WITH welcomed AS (
       UPDATE tickets SET status = 'USED', used_at = statement_timestamp(), gate = $4, checked_in_by = $5
       WHERE id = $1 AND event_id = $2 AND revision = $3 AND status = 'ACTIVE'
       RETURNING id, event_id, organisation_id, seat_id, label, category, gate, used_at
     ), recorded AS (
       INSERT INTO check_ins (id, ticket_id, event_id, organisation_id, gate, checked_in_by, at)
       SELECT $6, id, event_id, organisation_id, gate, $5, used_at FROM welcomed
     )
     SELECT organisation_id AS "organisationId", seat_id AS "seatId", label, category, gate, used_at AS "usedAt" FROM welcomed`,
    [ticketId, eventId, revision, gate, checkedInBy, id],
  );
  return rows[0];
}

/** The ticket as it is now, to say why it was not let in. A statement of its own: it must see what the winner committed. */
export async function ticketAtDoor(tx: Tx, ticketId: string): Promise<TicketAtDoor | undefined> {
  const rows = await query<TicketAtDoor>(
    tx,
    'SELECT status, revision, used_at AS "usedAt", gate, cancel_reason AS "cancelReason" FROM tickets WHERE id = $1',
    [ticketId],
  );
  return rows[0];
}
