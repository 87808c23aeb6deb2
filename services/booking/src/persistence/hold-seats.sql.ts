import { query, type Tx } from '@boxoffice/postgres';
import type { HoldAttempt } from '../domain/hold.ts';

/** Who wants which seats; `seatIds` are distinct. */
export type Hold = { reservationId: string; userId: string; eventId: string; seatIds: string[]; ttlMs: number };

/**
 * Takes every wanted seat or none, when the event is on sale by the database's clock and the customer stays within the event's limit; closes the history of
 * holders whose time is over. Locks seats in id order. Needs `lockCustomer` before it, as a statement of its own: only then is the count on a fresh snapshot.
 */
export async function holdSeats(tx: Tx, hold: Hold): Promise<HoldAttempt> {
  const [row] = await query<HoldAttempt>(tx, holdSql, [hold.eventId, hold.seatIds, hold.reservationId, hold.userId, `${hold.ttlMs} milliseconds`]);
  if (!row) throw new Error('a hold answers exactly one row');
  return row;
}

// $1 event, $2 uuid[] seats, $3 reservation, $4 user, $5 interval.
// After a wait READ COMMITTED re-checks status and held_until on the newest version: of two buyers the second finds the seat taken.
const holdSql = `
WITH event AS MATERIALIZED (
  SELECT e.status, e.organisation_id, e.on_sale_from, e.on_sale_until, e.max_seats_per_customer,
    statement_timestamp() >= e.on_sale_from AND statement_timestamp() < e.on_sale_until AS on_sale
  FROM events e WHERE e.id = $1),
before AS MATERIALIZED (SELECT r.seat_id FROM seat_reservations r WHERE r.reservation_id = $3),
owned AS MATERIALIZED (
  SELECT count(*)::int AS n FROM seat_reservations r
  WHERE r.user_id = $4 AND r.event_id = $1 AND r.status <> 'RELEASED' AND (r.status = 'CONFIRMED' OR r.expires_at > statement_timestamp())),
gate AS MATERIALIZED (
  SELECT 1 FROM event, owned
  WHERE event.status = 'PUBLISHED' AND event.on_sale AND owned.n + cardinality($2::uuid[]) <= event.max_seats_per_customer
    AND NOT EXISTS (SELECT FROM before)),
lck AS MATERIALIZED (
  SELECT s.id AS sid, s.category_id, s.reservation_id AS prev FROM seats s
  WHERE EXISTS (SELECT FROM gate) AND s.id = ANY ($2::uuid[]) AND s.event_id = $1 AND s.status = 'AVAILABLE'
    AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (
  UPDATE seats s SET reservation_id = $3, held_by = $4, held_until = statement_timestamp() + $5::interval
  FROM lck WHERE s.id = lck.sid AND (SELECT count(*) FROM lck) = cardinality($2::uuid[])
  RETURNING s.id AS sid, s.held_until AS until, lck.category_id, lck.prev),
rel AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM upd u
  WHERE r.reservation_id = u.prev AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'),
ins AS (
  INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, price_minor)
  SELECT gen_random_uuid(), $3, $1, u.sid, $4, 'HELD', statement_timestamp(), u.until, c.price_minor
  FROM upd u JOIN event_categories c ON c.id = u.category_id)
SELECT (SELECT count(*) FROM upd)::int AS held,
  ARRAY(SELECT sid::text FROM lck) AS free,
  ARRAY(SELECT seat_id::text FROM before) AS before,
  owned.n AS owned,
  event.status, event.organisation_id AS "organisationId", event.on_sale AS "onSale",
  event.on_sale_from AS "onSaleFrom", event.on_sale_until AS "onSaleUntil", event.max_seats_per_customer AS "maxSeats"
FROM owned LEFT JOIN event ON true`;
