import { type Database, query, type Tx } from '@boxoffice/postgres';

export type Release = { reservationId: string; reason: 'customer' | 'payment-failed' };

/**
 * Gives the seats of held reservations back, expired or not; a seat that somebody else has taken over is never touched, and what is sold stays sold.
 * The caller has checked whose they are. Answers for each how many seats became free.
 */
export async function releaseHolds(db: Database | Tx, releases: readonly Release[]): Promise<number[]> {
  const values = [releases.map((release) => release.reservationId), releases.map((release) => release.reason)];
  const rows = await query<{ released: number }>(db, releaseSql, values);
  return rows.map((row) => row.released);
}

/** The payment of this reservation failed: seats of it that expired are not to be taken again. Touches history only; call it as the customer, after `releaseHold`. */
export async function shutExpired(tx: Tx, reservationId: string): Promise<void> {
  await query(
    tx,
    `UPDATE seat_reservations SET release_reason = 'payment-failed' WHERE reservation_id = $1 AND status = 'RELEASED' AND release_reason = 'expired'`,
    [reservationId],
  );
}

/** Gives up every live hold of an event that is cancelled. Answers how many seats that were. */
export async function releaseHoldsOfEvent(tx: Tx, eventId: string): Promise<number> {
  const [row] = await query<{ released: number }>(tx, releaseOfEventSql, [eventId]);
  return row?.released ?? 0;
}

/** Puts sold seats of a reservation back on sale, pairwise, so that one ticket of several can go back. Runs after the tickets ended, never before: else two people are let in. */
export async function returnSeats(db: Database | Tx, reservationId: string, seatIds: string[]): Promise<string[]> {
  const rows = await query<{ seatId: string }>(db, returnSql, [reservationId, seatIds]);
  return rows.map((row) => row.seatId);
}

// $1 uuid[] reservation, $2 text[] reason.
const releaseSql = `
WITH w AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS t (rid, reason, g)),
h AS MATERIALIZED (
  SELECT DISTINCT w.rid, w.reason, r.seat_id AS sid FROM w JOIN seat_reservations r ON r.reservation_id = w.rid
  WHERE r.status IS NOT DISTINCT FROM 'HELD'),
lck AS MATERIALIZED (
  SELECT s.id AS sid, h.rid, h.reason FROM h JOIN seats s ON s.id = h.sid
  WHERE s.status = 'AVAILABLE' AND s.reservation_id = h.rid
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (
  UPDATE seats s SET reservation_id = NULL, held_by = NULL, held_until = NULL FROM lck l WHERE s.id = l.sid
  RETURNING s.id AS sid, l.rid, l.reason),
hist AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = u.reason FROM upd u
  WHERE r.reservation_id = u.rid AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'
  RETURNING r.seat_id)
SELECT (SELECT count(*)::int FROM upd u WHERE u.rid = w.rid) AS released FROM w ORDER BY w.g`;

// $1 event. Holds whose time is over are the reaper's; nobody can buy them: a sale asks for the event's state too.
const releaseOfEventSql = `
WITH lck AS MATERIALIZED (
  SELECT s.id AS sid, s.reservation_id AS rid FROM seats s
  WHERE s.event_id = $1 AND s.status = 'AVAILABLE' AND s.held_until > statement_timestamp()
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (
  UPDATE seats s SET reservation_id = NULL, held_by = NULL, held_until = NULL FROM lck
  WHERE s.id = lck.sid RETURNING s.id AS sid, lck.rid),
hist AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'event-cancelled' FROM upd u
  WHERE r.reservation_id = u.rid AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'
  RETURNING r.seat_id)
SELECT count(*)::int AS released FROM upd`;

// $1 reservation, $2 uuid[] seats.
const returnSql = `
WITH h AS MATERIALIZED (
  SELECT r.seat_id AS sid FROM seat_reservations r
  WHERE r.reservation_id = $1 AND r.seat_id = ANY ($2::uuid[]) AND r.status IS NOT DISTINCT FROM 'CONFIRMED'),
lck AS MATERIALIZED (
  SELECT s.id AS sid FROM h JOIN seats s ON s.id = h.sid
  WHERE s.status = 'SOLD' AND s.reservation_id = $1
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (UPDATE seats s SET status = 'AVAILABLE', reservation_id = NULL, held_by = NULL FROM lck WHERE s.id = lck.sid RETURNING s.id AS sid),
hist AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'refunded' FROM upd u
  WHERE r.reservation_id = $1 AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'CONFIRMED'
  RETURNING r.seat_id)
SELECT sid::text AS "seatId" FROM upd`;
