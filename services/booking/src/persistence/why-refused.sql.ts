import { type Database, query } from '@boxoffice/postgres';
import type { SeatState } from '../domain/hold.ts';

/** What stands in the way, seat by seat, on a fresh snapshot; takes no lock. A seat nobody knows answers without an event; so does a place of an admission area, which has no name of its own. */
export const seatStates = (db: Database, seatIds: readonly string[]): Promise<SeatState[]> => query<SeatState>(db, statesSql, [seatIds]);

const statesSql = `
SELECT w.id::text AS "seatId", s.event_id::text AS "eventId", s.status, coalesce(s.held_until > statement_timestamp(), false) AS held
FROM unnest($1::uuid[]) AS w (id) LEFT JOIN seats s ON s.id = w.id AND s.row_label <> ''`;
