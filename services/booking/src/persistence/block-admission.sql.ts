import { query, type Tx } from '@boxoffice/postgres';

/** An area and the state of its places that staff decide about, by the database's clock. */
export type AreaOnSale = { firstOrd: number; capacity: number; blocked: number };
type Wish = { eventId: string; area: AreaOnSale; places: number };

/** An area, locked against other staff until the transaction ends; customers do not take this lock. Undefined when the event has no such area. */
export async function lockArea(tx: Tx, eventId: string, name: string): Promise<AreaOnSale | undefined> {
  const [lying] = await query<Omit<AreaOnSale, 'blocked'>>(tx, lockSql, [eventId, name]);
  if (!lying) return undefined;
  const [count] = await query<{ blocked: number }>(tx, countSql, [eventId, lying.firstOrd, lying.capacity]); // what the one before us has left
  return { ...lying, blocked: count?.blocked ?? 0 };
}

/** Takes that many free places off sale, high numbers first, or none. Answers how many were free: fewer than wanted is a no. */
export async function blockPlaces(tx: Tx, { eventId, area, places }: Wish): Promise<number> {
  await query(tx, 'SAVEPOINT choice');
  for (;;) {
    const [row] = await query<{ free: number; blocked: number }>(tx, blockSql, [eventId, area.firstOrd, area.capacity, places]);
    if (!row) throw new Error('a block answers exactly one row');
    if (row.free < places || row.blocked === places) return row.free;
    // A customer was faster at one of them: choose again, and let go of the others first, for the next ones lie below them.
    await query(tx, 'ROLLBACK TO SAVEPOINT choice');
  }
}

/** Puts that many blocked places back on sale, low numbers first. */
export async function unblockPlaces(tx: Tx, { eventId, area, places }: Wish): Promise<void> {
  await query(tx, unblockSql, [eventId, area.firstOrd, area.capacity, places]);
}

const lockSql = `SELECT a.first_ord AS "firstOrd", a.capacity FROM admission_areas a WHERE a.event_id = $1 AND a.name = $2 FOR UPDATE`;

const countSql = `
SELECT count(*)::int AS blocked FROM seats s WHERE s.event_id = $1 AND s.ord >= $2 AND s.ord < $2::int + $3::int AND s.status = 'BLOCKED'`;

// $1 event, $2 first ord, $3 capacity, $4 places. Chosen from above, locked in the order of their ids like everything else.
const blockSql = `
WITH pick AS MATERIALIZED (
  SELECT s.id FROM seats s
  WHERE s.event_id = $1 AND s.ord >= $2 AND s.ord < $2::int + $3::int AND s.status = 'AVAILABLE' AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())
  ORDER BY s.ord DESC LIMIT $4),
lck AS MATERIALIZED (
  SELECT s.id AS sid, s.reservation_id AS prev FROM seats s
  WHERE s.id = ANY (ARRAY(SELECT id FROM pick)) AND s.status = 'AVAILABLE' AND (s.held_until IS NULL OR s.held_until <= statement_timestamp())
  ORDER BY s.id FOR NO KEY UPDATE OF s),
upd AS (
  UPDATE seats s SET status = 'BLOCKED', reservation_id = NULL, held_by = NULL, held_until = NULL FROM lck
  WHERE s.id = lck.sid AND (SELECT count(*) FROM lck) = $4
  RETURNING s.id AS sid, lck.prev),
rel AS (
  UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM upd u
  WHERE r.reservation_id = u.prev AND r.seat_id = u.sid AND r.status IS NOT DISTINCT FROM 'HELD')
SELECT (SELECT count(*)::int FROM pick) AS free, (SELECT count(*)::int FROM upd) AS blocked`;

const unblockSql = `
WITH lck AS MATERIALIZED (
  SELECT s.id AS sid FROM seats s
  WHERE s.event_id = $1 AND s.ord >= $2 AND s.ord < $2::int + $3::int AND s.status = 'BLOCKED'
  ORDER BY s.ord LIMIT $4 FOR NO KEY UPDATE OF s)
UPDATE seats s SET status = 'AVAILABLE' FROM lck WHERE s.id = lck.sid`;
