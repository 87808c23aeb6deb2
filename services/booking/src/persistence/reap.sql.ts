import { type Database, query } from '@boxoffice/postgres';

/** Rows per statement; the reaper repeats until a batch comes back short. */
export const reapBatch = 1000;

/**
 * Closes the history of holds whose time has been over for `graceMs`, at most `reapBatch` rows; answers how many. Housekeeping only: it touches no seat and waits
 * for nobody, and seat map and holds never needed it. The grace must be at least the statement timeout, so that no running sale still counts on such a row.
 */
export async function reapExpired(db: Database, graceMs: number): Promise<number> {
  const rows = await query(db, reapSql, [reapBatch, `${graceMs} milliseconds`]);
  return rows.length;
}

/** Reservation rows whose time is over and that nobody has closed yet, and the age of the oldest. */
export async function unreaped(db: Database): Promise<{ rows: number; oldestSeconds: number }> {
  const [row] = await query<{ rows: number; oldestSeconds: number }>(db, unreapedSql);
  return row ?? { rows: 0, oldestSeconds: 0 };
}

// $1 limit, $2 grace. SKIP LOCKED: three reapers share the work instead of queueing.
const reapSql = `
WITH x AS MATERIALIZED (
  SELECT r.reservation_id AS rid, r.seat_id AS sid FROM seat_reservations r
  WHERE r.status = 'HELD' AND r.expires_at <= statement_timestamp() - $2::interval
  ORDER BY r.expires_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE seat_reservations r SET status = 'RELEASED', release_reason = 'expired' FROM x
WHERE r.reservation_id = x.rid AND r.seat_id = x.sid
RETURNING r.seat_id`;

const unreapedSql = `
SELECT count(*)::int AS rows, coalesce(extract(epoch FROM statement_timestamp() - min(r.expires_at)), 0)::float8 AS "oldestSeconds"
FROM seat_reservations r WHERE r.status = 'HELD' AND r.expires_at <= statement_timestamp()`;
