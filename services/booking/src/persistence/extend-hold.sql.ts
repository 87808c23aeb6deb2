import type { Statement } from '@boxoffice/postgres';

/** A customer's hold, to be kept for at least `keepMs` from now. */
export type Extension = { reservationId: string; userId: string; keepMs: number };

/** Keeps live holds longer, each once in its life; a second call, a hold whose time is over, or another customer's, stays as it is. */
export const extendHolds = (extensions: readonly Extension[]): Statement => ({
  text: extendSql,
  values: [
    extensions.map((extension) => extension.reservationId),
    extensions.map((extension) => extension.userId),
    extensions.map((extension) => `${extension.keepMs} milliseconds`),
  ],
});

// $1 uuid[] reservation, $2 uuid[] customer, $3 interval[] from now. Same fence and order as a sale.
const extendSql = `
WITH w AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::interval[]) AS t (rid, uid, keep)),
h AS MATERIALIZED (
  SELECT w.rid, w.keep, r.seat_id AS sid FROM w JOIN seat_reservations r ON r.reservation_id = w.rid
  WHERE r.user_id = w.uid AND r.status IS NOT DISTINCT FROM 'HELD' AND r.extended_at IS NULL),
lck AS MATERIALIZED (
  SELECT s.id AS sid, h.rid, h.keep FROM h JOIN seats s ON s.id = h.sid
  WHERE s.status = 'AVAILABLE' AND s.reservation_id = h.rid AND s.held_until > statement_timestamp()
  ORDER BY s.id FOR NO KEY UPDATE OF s),
ok AS MATERIALIZED (
  SELECT h.rid FROM h LEFT JOIN lck l ON l.sid = h.sid AND l.rid = h.rid GROUP BY h.rid HAVING bool_and(l.sid IS NOT NULL)),
upd AS (
  UPDATE seats s SET held_until = greatest(s.held_until, statement_timestamp() + l.keep) FROM lck l JOIN ok ON ok.rid = l.rid
  WHERE s.id = l.sid RETURNING s.id AS sid, l.rid, s.held_until AS until),
hist AS (
  UPDATE seat_reservations r SET expires_at = u.until, extended_at = statement_timestamp() FROM upd u
  WHERE r.reservation_id = u.rid AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'
  RETURNING r.seat_id)
SELECT must((SELECT count(*) FROM upd) = (SELECT count(*) FROM hist), 'history disagrees') AS checked`;
