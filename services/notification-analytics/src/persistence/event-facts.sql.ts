import type { EventChanged } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { EventFactsRow } from './entities.ts';

/** Keeps the newest revision of an event's facts; an older message that arrives late changes nothing. */
export async function keepEventFacts(tx: Tx, fact: z.output<typeof EventChanged.payload>): Promise<void> {
  await query(
    tx,
    `insert into event_facts (event_id, organisation_id, revision, name, venue, starts_at, time_zone, currency, status)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (event_id) do update
       set organisation_id = excluded.organisation_id, revision = excluded.revision, name = excluded.name, venue = excluded.venue,
           starts_at = excluded.starts_at, time_zone = excluded.time_zone, currency = excluded.currency, status = excluded.status
       where event_facts.revision < excluded.revision`,
    [fact.eventId, fact.organisationId, fact.revision, fact.name, fact.venue, fact.startsAt, fact.timeZone, fact.currency, fact.status],
  );
}

export type EventFacts = { eventId: string; organisationId: string; name: string; venue: string; startsAt: Date; timeZone: string; currency: string };

/** An event of one of these organisations; undefined for a stranger and while its facts have not arrived. */
export const eventOfOrganisations = (db: Database, eventId: string, organisationIds: string[]): Promise<EventFacts | undefined> =>
  db
    .em()
    .findOne(EventFactsRow, { eventId, organisationId: { $in: organisationIds } })
    .then((row) => row ?? undefined);

/** An event for a mail about it; undefined while its facts have not arrived. */
export const eventFacts = (db: Database, eventId: string): Promise<EventFacts | undefined> =>
  db
    .em()
    .findOne(EventFactsRow, { eventId })
    .then((row) => row ?? undefined);
