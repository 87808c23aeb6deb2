import type { SeatKind } from '@boxoffice/contracts';
import { type Database, query } from '@boxoffice/postgres';
import type { CategoryCount } from '../domain/inventory.ts';

/** Who looks: the organisations whose drafts are shown too. */
export type Viewer = { organisationIds: string[] };

export type AreaCount = { area: string; free: number; held: number; sold: number; blocked: number };
export type SeatMapRow = { at: Date; map: string; areas: AreaCount[]; nextExpiryAt: Date | null };
/**
 * One character per seat in plan order: 0 free, 1 held, 2 sold, 3 blocked; admission areas in numbers; and when the next hold ends. Undefined when the viewer may
 * not see the event. 50,000 seats: 49 kB.
 */
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
/** The seats of an event, in the order of the seat map; empty when the viewer may not see the event. */
export const eventSeats = (db: Database, eventId: string, viewer: Viewer): Promise<EventSeatRow[]> =>
  query<EventSeatRow>(db, seatsSql, [eventId, viewer.organisationIds]);

export type SeatCounts = { available: number; held: number; sold: number; blocked: number };
/** Seats of all events on sale, by state. 100,000 seats: 36–50 ms. */
export async function countSeatsOnSale(db: Database): Promise<SeatCounts> {
  const [row] = await query<SeatCounts>(db, onSaleSql, []);
  return row ?? { available: 0, held: 0, sold: 0, blocked: 0 };
}

/** Seats by category and state, all of one snapshot. */
export const countSeats = (db: Database, eventId: string): Promise<CategoryCount[]> => query<CategoryCount>(db, countSql, [eventId]);

// $1 event, $2 uuid[] organisations of the viewer. Places of areas come after all seats and are counted, not drawn.
const mapSql = `
SELECT statement_timestamp() AS at, m.map, coalesce(a.areas, '[]') AS areas, least(m.next, a.next) AS "nextExpiryAt" FROM events e CROSS JOIN LATERAL (
  SELECT coalesce(string_agg(c, ''), '') AS map, min(next) AS next FROM (
    SELECT CASE WHEN s.status = 'SOLD' THEN '2' WHEN s.status = 'BLOCKED' THEN '3' WHEN s.held_until > statement_timestamp() THEN '1' ELSE '0' END AS c,
           CASE WHEN s.held_until > statement_timestamp() THEN s.held_until END AS next
    FROM seats s WHERE s.event_id = e.id AND s.ord < coalesce((SELECT min(f.first_ord) FROM admission_areas f WHERE f.event_id = e.id), 2147483647)
    ORDER BY s.ord) q) m
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('area', f.name, 'free', n.free, 'held', n.held, 'sold', n.sold, 'blocked', n.blocked) ORDER BY f.position) AS areas,
    min(n.next) AS next
  FROM admission_areas f CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE s.status = 'AVAILABLE' AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())) AS free,
      count(*) FILTER (WHERE s.status = 'AVAILABLE' AND s.held_until > statement_timestamp()) AS held,
      count(*) FILTER (WHERE s.status = 'SOLD') AS sold,
      count(*) FILTER (WHERE s.status = 'BLOCKED') AS blocked,
      min(s.held_until) FILTER (WHERE s.held_until > statement_timestamp()) AS next
    FROM seats s WHERE s.event_id = f.event_id AND s.ord >= f.first_ord AND s.ord < f.first_ord + f.capacity) n
  WHERE f.event_id = e.id) a
WHERE e.id = $1 AND (e.status <> 'DRAFT' OR e.organisation_id = ANY ($2::uuid[]))`;

const seatsSql = `
SELECT s.id::text AS "seatId", s.section, s.row_label AS row, s.seat_label AS seat, c.name AS category, c.price_minor AS "priceMinor", s.kind, s.x, s.y
FROM events e JOIN seats s ON s.event_id = e.id JOIN event_categories c ON c.id = s.category_id
WHERE e.id = $1 AND s.row_label <> '' AND (e.status <> 'DRAFT' OR e.organisation_id = ANY ($2::uuid[])) ORDER BY s.ord`;

// A hold is over when its time is, whatever the row still says.
const stateCounts = `
  count(s.id) FILTER (WHERE s.status = 'AVAILABLE' AND (s.held_until IS NULL OR s.held_until <= statement_timestamp()))::int AS available,
  count(s.id) FILTER (WHERE s.status = 'AVAILABLE' AND s.held_until > statement_timestamp())::int AS held,
  count(s.id) FILTER (WHERE s.status = 'SOLD')::int AS sold,
  count(s.id) FILTER (WHERE s.status = 'BLOCKED')::int AS blocked`;

const onSaleSql = `
SELECT ${stateCounts}
FROM events e JOIN seats s ON s.event_id = e.id
WHERE e.status = 'PUBLISHED' AND e.on_sale_from <= statement_timestamp() AND e.on_sale_until > statement_timestamp()`;

const countSql = `
SELECT statement_timestamp() AS at, c.name AS category, ${stateCounts},
  count(s.id)::int AS capacity
FROM event_categories c LEFT JOIN seats s ON s.event_id = c.event_id AND s.category_id = c.id
WHERE c.event_id = $1 GROUP BY c.id ORDER BY c.position`;
