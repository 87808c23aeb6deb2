import type { SeatKind } from '@boxoffice/contracts';
import { type Database, query } from '@boxoffice/postgres';
import type { CategoryCount } from '../domain/inventory.ts';

/** Who looks: the organisations whose drafts are shown too. */
export type Viewer = { organisationIds: string[] };

export type SeatMapRow = { at: Date; map: string; nextExpiryAt: Date | null };
/** One character per seat in plan order: 0 free, 1 held, 2 sold, 3 blocked; and when the next hold ends. Undefined when the viewer may not see the event. 50,000 seats: 49 kB. */
export async function seatMap(db: Database, eventId: string, viewer: Viewer): Promise<SeatMapRow | undefined> {
  const [row] = await query<SeatMapRow>(db, mapSql, [eventId, viewer.organisationIds]);
  return row;
}

export type EventSeatRow = {
  seatId: string;
  section: string;
  row: string;
  seat: string;
  category: string;
  priceMinor: number;
  kind: SeatKind;
  x: number;
  y: number;
};
/** The static plan of an event, in the order of the seat map; empty when the viewer may not see the event. */
export const eventSeats = (db: Database, eventId: string, viewer: Viewer): Promise<EventSeatRow[]> =>
  query<EventSeatRow>(db, seatsSql, [eventId, viewer.organisationIds]);

/** Seats by category and state, all of one snapshot. */
export const countSeats = (db: Database, eventId: string): Promise<CategoryCount[]> => query<CategoryCount>(db, countSql, [eventId]);

// $1 event, $2 uuid[] organisations of the viewer.
const mapSql = `
SELECT statement_timestamp() AS at, m.map, m.next AS "nextExpiryAt" FROM events e CROSS JOIN LATERAL (
  SELECT string_agg(c, '') AS map, min(next) AS next FROM (
    SELECT CASE WHEN s.status = 'SOLD' THEN '2' WHEN s.status = 'BLOCKED' THEN '3' WHEN s.held_until > statement_timestamp() THEN '1' ELSE '0' END AS c,
           CASE WHEN s.held_until > statement_timestamp() THEN s.held_until END AS next
    FROM seats s WHERE s.event_id = e.id ORDER BY s.ord) q) m
WHERE e.id = $1 AND (e.status <> 'DRAFT' OR e.organisation_id = ANY ($2::uuid[]))`;

const seatsSql = `
SELECT s.id::text AS "seatId", s.section, s.row_label AS row, s.seat_label AS seat, c.name AS category, c.price_minor AS "priceMinor", s.kind, s.x, s.y
FROM events e JOIN seats s ON s.event_id = e.id JOIN event_categories c ON c.id = s.category_id
WHERE e.id = $1 AND (e.status <> 'DRAFT' OR e.organisation_id = ANY ($2::uuid[])) ORDER BY s.ord`;

const countSql = `
SELECT statement_timestamp() AS at, c.name AS category,
  count(s.id) FILTER (WHERE s.status = 'AVAILABLE' AND (s.held_until IS NULL OR s.held_until <= statement_timestamp()))::int AS available,
  count(s.id) FILTER (WHERE s.status = 'AVAILABLE' AND s.held_until > statement_timestamp())::int AS held,
  count(s.id) FILTER (WHERE s.status = 'SOLD')::int AS sold,
  count(s.id) FILTER (WHERE s.status = 'BLOCKED')::int AS blocked,
  count(s.id)::int AS capacity
FROM event_categories c LEFT JOIN seats s ON s.event_id = c.event_id AND s.category_id = c.id
WHERE c.event_id = $1 GROUP BY c.id ORDER BY c.position`;
