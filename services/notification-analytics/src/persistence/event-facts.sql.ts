import type { EventChanged } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { EventFactsRow } from './entities.ts';

/** Keeps the newest revision of each event's facts; an older message that arrives late changes nothing. */
export async function keepEventFacts(tx: Tx, facts: readonly z.output<typeof EventChanged.payload>[]): Promise<void> {
  await query(
    tx,
    `insert into event_facts (event_id, organisation_id, revision, name, venue, starts_at, time_zone, currency, status)
     select distinct on (event_id) event_id, organisation_id, revision, name, venue, starts_at, time_zone, currency, status
     from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[])
       as told(event_id, organisation_id, revision, name, venue, starts_at, time_zone, currency, status)
     order by event_id, revision desc
     on conflict (event_id) do update
       set organisation_id = excluded.organisation_id, revision = excluded.revision, name = excluded.name, venue = excluded.venue,
           starts_at = excluded.starts_at, time_zone = excluded.time_zone, currency = excluded.currency, status = excluded.status
       where event_facts.revision < excluded.revision`,
    [
      ...[facts.map((fact) => fact.eventId), facts.map((fact) => fact.organisationId), facts.map((fact) => fact.revision)],
      ...[facts.map((fact) => fact.name), facts.map((fact) => fact.venue), facts.map((fact) => fact.startsAt)],
      ...[facts.map((fact) => fact.timeZone), facts.map((fact) => fact.currency), facts.map((fact) => fact.status)],
    ],
  );
}

export type EventFacts = { eventId: string; organisationId: string; name: string; venue: string; startsAt: Date; timeZone: string; currency: string };

/** An event of one of these organisations; undefined for a stranger and while its facts have not arrived. */
export const eventOfOrganisations = (db: Database, eventId: string, organisationIds: string[]): Promise<EventFacts | undefined> =>
  db
    .em()
    .findOne(EventFactsRow, { eventId, organisationId: { $in: organisationIds } })
    .then((row) => row ?? undefined);

/** Events for mails about them, by id; without those whose facts have not arrived. */
export const eventFacts = (db: Database, eventIds: readonly string[]): Promise<Map<string, EventFacts>> =>
  db
    .em()
    .find(EventFactsRow, { eventId: { $in: [...new Set(eventIds)] } })
    .then((rows) => new Map(rows.map((row) => [row.eventId, row])));
