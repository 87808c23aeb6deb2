import { query, type Statement, type Tx } from '@boxoffice/postgres';

/** A sale: every seat of the reservation, to this payment, if exactly `seats` were paid for. */
export type Sale = { reservationId: string; paymentId: string; seats: number };
export type SaleResult = 'CONFIRMED' | 'OTHER' | 'GONE';

/**
 * Sells live holds: each fenced by the reservation id on the seat, by held_until on the database's clock and by the number of seats paid for, while its event
 * stands. False is no verdict yet (not live any more, or a repetition): `settleSale` gives it, in a transaction of its own, because its locks start again
 * at the lowest seat id. The reservations are different ones.
 */
export const confirmSeats = (sales: readonly Sale[]): Statement => ({
  text: confirmSql,
  values: [sales.map((sale) => sale.reservationId), sales.map((sale) => sale.seats), sales.map((sale) => sale.paymentId)],
});
/** What `confirmSeats` answers for each. */
export type Confirmed = { ok: boolean };

/**
 * Verdict on a sale that was not plain: CONFIRMED (already by this payment; or its time was over, the seats are still free, the event stands, the
 * customer's limit allows it, and they were taken again), OTHER (sold to another payment), GONE (the money goes back).
 */
export async function settleSale(tx: Tx, sale: Sale): Promise<SaleResult> {
  const [row] = await query<{ result: SaleResult }>(tx, settleSql, [sale.reservationId, sale.seats, sale.paymentId]);
  if (!row) throw new Error('a settlement answers exactly one row');
  return row.result;
}

// $1 uuid[] reservation, $2 int[] seats paid for, $3 uuid[] payment. Seats first (id order), history after them: the one lock order of the whole system.
const confirmSql = `
WITH w AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[]) WITH ORDINALITY AS t (rid, n, pid, g)),
h AS MATERIALIZED (
  SELECT w.rid, w.n, w.pid, r.seat_id AS sid FROM w JOIN seat_reservations r ON r.reservation_id = w.rid JOIN events e ON e.id = r.event_id
  WHERE r.status IS NOT DISTINCT FROM 'HELD' AND e.status IS NOT DISTINCT FROM 'PUBLISHED'),
lck AS MATERIALIZED (
  SELECT s.id AS sid, h.rid, h.pid FROM h JOIN seats s ON s.id = h.sid
  WHERE s.status = 'AVAILABLE' AND s.reservation_id = h.rid AND s.held_until > statement_timestamp()
  ORDER BY s.id FOR NO KEY UPDATE OF s),
ok AS MATERIALIZED (
  SELECT h.rid FROM h LEFT JOIN lck l ON l.sid = h.sid AND l.rid = h.rid
  GROUP BY h.rid HAVING bool_and(l.sid IS NOT NULL) AND count(*) = max(h.n)),
upd AS (
  UPDATE seats s SET status = 'SOLD', held_until = NULL FROM lck l JOIN ok ON ok.rid = l.rid WHERE s.id = l.sid
  RETURNING s.id AS sid, l.rid, l.pid),
hist AS (
  UPDATE seat_reservations r SET status = 'CONFIRMED', confirmed_at = statement_timestamp(), payment_id = u.pid FROM upd u
  WHERE r.reservation_id = u.rid AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'
  RETURNING r.seat_id)
SELECT ok.rid IS NOT NULL AS ok, must((SELECT count(*) FROM upd) = (SELECT count(*) FROM hist), 'history disagrees') AS checked
FROM w LEFT JOIN ok ON ok.rid = w.rid ORDER BY w.g`;

// $1 reservation, $2 seats paid for, $3 payment. A reservation given back by the customer, a failed payment or a cancelled event stays gone.
const settleSql = `
WITH h AS MATERIALIZED (
  SELECT r.seat_id AS sid, r.event_id, r.user_id, r.status, r.payment_id FROM seat_reservations r
  WHERE r.reservation_id = $1 AND (r.status <> 'RELEASED' OR r.release_reason IN ('expired', 'refunded'))),
whose AS MATERIALIZED (SELECT h.event_id, h.user_id FROM h LIMIT 1),
owned AS MATERIALIZED (
  SELECT count(*) AS n FROM seat_reservations r JOIN whose w ON r.user_id = w.user_id AND r.event_id = w.event_id
  WHERE r.reservation_id <> $1 AND r.status <> 'RELEASED' AND (r.status = 'CONFIRMED' OR r.expires_at > statement_timestamp())),
gate AS MATERIALIZED (
  SELECT 1 FROM whose w JOIN events e ON e.id = w.event_id, owned
  WHERE e.status IS NOT DISTINCT FROM 'PUBLISHED' AND owned.n + $2::int <= e.max_seats_per_customer
    AND NOT EXISTS (SELECT FROM h WHERE h.payment_id IS NOT NULL)),
lck AS MATERIALIZED (
  SELECT s.id AS sid, s.reservation_id AS prev FROM h JOIN seats s ON s.id = h.sid
  WHERE EXISTS (SELECT FROM gate) AND s.status = 'AVAILABLE' AND (s.reservation_id = $1 OR s.held_until IS NULL OR s.held_until <= statement_timestamp())
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (
  UPDATE seats s SET status = 'SOLD', reservation_id = $1, held_by = (SELECT user_id FROM whose), held_until = NULL FROM lck l
  WHERE s.id = l.sid AND (SELECT count(*) FROM lck) = $2::int AND (SELECT count(*) FROM h) = $2::int
  RETURNING s.id AS sid, l.prev),
rel AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM upd u
  WHERE r.reservation_id = u.prev AND u.prev <> $1 AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'),
hist AS (
  UPDATE seat_reservations r SET status = 'CONFIRMED', confirmed_at = statement_timestamp(), payment_id = $3, release_reason = NULL FROM upd u
  WHERE r.reservation_id = $1 AND r.seat_id = u.sid AND (r.status IS NOT DISTINCT FROM 'HELD' OR r.release_reason IS NOT DISTINCT FROM 'expired')
  RETURNING r.seat_id)
SELECT CASE
    WHEN (SELECT count(*) FROM hist) = $2::int THEN 'CONFIRMED'
    WHEN NOT EXISTS (SELECT FROM h WHERE h.status = 'CONFIRMED') THEN 'GONE'
    WHEN (SELECT count(*) FROM h WHERE h.payment_id = $3) = $2::int THEN 'CONFIRMED'
    ELSE 'OTHER' END AS result,
  must((SELECT count(*) FROM upd) = (SELECT count(*) FROM hist), 'history disagrees') AS checked`;
