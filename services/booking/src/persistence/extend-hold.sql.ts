import { query, type Tx } from '@boxoffice/postgres';

/** Keeps a live hold for at least `keepMs` from now, once in its life; a second call, or a hold whose time is over, changes nothing. True when it was extended. */
export async function extendHold(tx: Tx, reservationId: string, keepMs: number): Promise<boolean> {
  const [row] = await query<{ ok: boolean }>(tx, extendSql, [reservationId, `${keepMs} milliseconds`]);
  return row?.ok === true;
}

// $1 reservation, $2 interval from now. Same fence and order as a sale.
const extendSql = `
WITH h AS MATERIALIZED (
  SELECT r.seat_id AS sid FROM seat_reservations r
  WHERE r.reservation_id = $1 AND r.status IS NOT DISTINCT FROM 'HELD' AND r.extended_at IS NULL),
lck AS MATERIALIZED (
  SELECT s.id AS sid FROM h JOIN seats s ON s.id = h.sid
  WHERE s.status = 'AVAILABLE' AND s.reservation_id = $1 AND s.held_until > statement_timestamp()
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (
  UPDATE seats s SET held_until = greatest(s.held_until, statement_timestamp() + $2::interval) FROM lck
  WHERE s.id = lck.sid AND (SELECT count(*) FROM lck) = (SELECT count(*) FROM h)
  RETURNING s.id AS sid, s.held_until AS until),
hist AS (
  UPDATE seat_reservations r SET expires_at = u.until, extended_at = statement_timestamp() FROM upd u
  WHERE r.reservation_id = $1 AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD'
  RETURNING r.seat_id)
SELECT (SELECT count(*) FROM upd) > 0 AS ok, must((SELECT count(*) FROM upd) = (SELECT count(*) FROM hist), 'history disagrees') AS checked`;
