import type { EventChanged } from '@boxoffice/contracts';
import { query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';

/** Keeps the newest revision of an event's facts; false when these are not newer than what is known. */
export async function keepEventFacts(tx: Tx, fact: z.output<typeof EventChanged.payload>): Promise<boolean> {
  const rows = await query(
    tx,
    `INSERT INTO event_facts (event_id, organisation_id, name, venue, starts_at, time_zone, status, revision)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (event_id) DO UPDATE
       SET organisation_id = excluded.organisation_id, name = excluded.name, venue = excluded.venue, starts_at = excluded.starts_at,
           time_zone = excluded.time_zone, status = excluded.status, revision = excluded.revision
       WHERE event_facts.revision < excluded.revision
     RETURNING event_id`,
    [fact.eventId, fact.organisationId, fact.name, fact.venue, fact.startsAt, fact.timeZone, fact.status, fact.revision],
  );
  return rows.length === 1;
}

/** Whose event this is, when it belongs to one of these organisations. Facts may still be on their way: then its tickets tell. */
export async function eventOfOrganisations(tx: Tx, eventId: string, organisationIds: string[]): Promise<{ organisationId: string } | undefined> {
  const rows = await query<{ organisationId: string }>(
    tx,
    `SELECT organisation_id AS "organisationId" FROM event_facts WHERE event_id = $1 AND organisation_id = ANY ($2::uuid[])
     UNION ALL
     (SELECT organisation_id FROM tickets WHERE event_id = $1 AND status <> 'CANCELLED' AND refunded_at IS NULL AND organisation_id = ANY ($2::uuid[]) LIMIT 1)
     LIMIT 1`,
    [eventId, organisationIds],
  );
  return rows[0];
}

/** What people call the event; null while its facts have not arrived. */
export async function eventNameOf(tx: Tx, eventId: string): Promise<string | null> {
  const rows = await query<{ name: string }>(tx, 'SELECT name FROM event_facts WHERE event_id = $1', [eventId]);
  return rows[0]?.name ?? null;
}
