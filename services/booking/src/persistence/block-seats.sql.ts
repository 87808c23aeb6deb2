import { type Database, query, type Tx } from '@boxoffice/postgres';

/** `free`: the seats of the event that are blocked now (all wanted ones, else nothing changed). `changed`: those that were not before. */
export type BlockAttempt = { free: string[]; changed: number };

/** Takes free seats off sale, all or none; seats that are blocked already count as done. */
export async function blockSeats(tx: Tx | Database, eventId: string, seatIds: string[]): Promise<BlockAttempt> {
  const [row] = await query<BlockAttempt>(tx, blockSql, [eventId, seatIds]);
  if (!row) throw new Error('a block answers exactly one row');
  return row;
}

/** Puts blocked seats back on sale; the others stay as they are. Answers how many changed. */
export async function unblockSeats(tx: Tx | Database, eventId: string, seatIds: string[]): Promise<number> {
  const rows = await query(tx, unblockSql, [eventId, seatIds]);
  return rows.length;
}

// $1 event, $2 uuid[] seats. The history of a hold whose time is over is closed, as by any other taker.
const blockSql = `
WITH lck AS MATERIALIZED (
  SELECT s.id AS sid, s.status, s.reservation_id AS prev FROM seats s
  WHERE s.id = ANY ($2::uuid[]) AND s.event_id = $1 AND s.row_label <> ''
    AND (s.status = 'BLOCKED' OR (s.status = 'AVAILABLE' AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())))
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (
  UPDATE seats s SET status = 'BLOCKED', reservation_id = NULL, held_by = NULL, held_until = NULL FROM lck
  WHERE s.id = lck.sid AND lck.status = 'AVAILABLE' AND (SELECT count(*) FROM lck) = cardinality($2::uuid[])
  RETURNING s.id AS sid, lck.prev),
rel AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM upd u
  WHERE r.reservation_id = u.prev AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD')
SELECT ARRAY(SELECT sid::text FROM lck) AS free, (SELECT count(*) FROM upd)::int AS changed`;

const unblockSql = `
WITH lck AS MATERIALIZED (
  SELECT s.id AS sid FROM seats s WHERE s.id = ANY ($2::uuid[]) AND s.event_id = $1 AND s.status = 'BLOCKED'
  ORDER BY s.id FOR NO KEY UPDATE OF s)
UPDATE seats s SET status = 'AVAILABLE' FROM lck WHERE s.id = lck.sid RETURNING s.id`;
