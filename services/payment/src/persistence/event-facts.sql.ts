import type { EventChanged } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import type { EventFacts } from '../domain/event-payments.ts';

/** A select list that reads a row of event_facts `alias` as EventFacts. */
export const factColumns = (alias: string): string =>
  `${alias}.event_id AS "eventId", ${alias}.organisation_id AS "organisationId", ${alias}.revision, ${alias}.name, ${alias}.venue,
   ${alias}.starts_at AS "startsAt", ${alias}.time_zone AS "timeZone", ${alias}.currency, ${alias}.status`;

/** Keeps the newest revision of each event's facts and answers those that were news; an older message that arrives late changes nothing. */
export const keepEventFacts = (tx: Tx, facts: readonly z.output<typeof EventChanged.payload>[]): Promise<EventFacts[]> =>
  query<EventFacts>(
    tx,
    `INSERT INTO event_facts AS f (event_id, organisation_id, revision, name, venue, starts_at, time_zone, currency, status)
     SELECT DISTINCT ON (event_id) event_id, organisation_id, revision, name, venue, starts_at, time_zone, currency, status
     FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[])
       AS told (event_id, organisation_id, revision, name, venue, starts_at, time_zone, currency, status)
     ORDER BY event_id, revision DESC
     ON CONFLICT (event_id) DO UPDATE
       SET organisation_id = excluded.organisation_id, revision = excluded.revision, name = excluded.name, venue = excluded.venue,
           starts_at = excluded.starts_at, time_zone = excluded.time_zone, currency = excluded.currency, status = excluded.status
       WHERE f.revision < excluded.revision
     RETURNING ${factColumns('f')}`,
    [
      ...[facts.map((fact) => fact.eventId), facts.map((fact) => fact.organisationId), facts.map((fact) => fact.revision)],
      ...[facts.map((fact) => fact.name), facts.map((fact) => fact.venue), facts.map((fact) => fact.startsAt)],
      ...[facts.map((fact) => fact.timeZone), facts.map((fact) => fact.currency), facts.map((fact) => fact.status)],
    ],
  );

/** What is known of an event; undefined while nobody has published it, or the message is on its way. */
export async function eventFactsOf(db: Database | Tx, eventId: string): Promise<EventFacts | undefined> {
  const [facts] = await factsOfEvents(db, [eventId]);
  return facts;
}

/** What is known of these events, in any order; without those nobody has told of. */
export const factsOfEvents = (db: Database | Tx, eventIds: readonly string[]): Promise<EventFacts[]> =>
  query<EventFacts>(db, `SELECT ${factColumns('f')} FROM event_facts f WHERE f.event_id = ANY ($1::uuid[])`, [[...new Set(eventIds)]]);

/** An event of one of these organisations; undefined for a stranger. */
export async function eventOfOrganisations(db: Database | Tx, eventId: string, organisationIds: readonly string[]): Promise<EventFacts | undefined> {
  const text = `SELECT ${factColumns('f')} FROM event_facts f WHERE f.event_id = $1 AND f.organisation_id = ANY ($2::uuid[])`;
  const [facts] = await query<EventFacts>(db, text, [eventId, organisationIds]);
  return facts;
}
