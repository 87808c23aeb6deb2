import { type Database, query } from '@boxoffice/postgres';

/** Takes the next turn of all replicas together, `everyMs` after the one before, and answers how long to wait for it, in milliseconds. A turn nobody uses is only lost time. */
export async function takeTurn(db: Database, everyMs: number): Promise<number> {
  const [turn] = await query<{ waitMs: number }>(
    db,
    `UPDATE refund_pace SET next_at = greatest(next_at, clock_timestamp()) + $1 * interval '1 ms'
     RETURNING (extract(epoch FROM next_at - clock_timestamp()) * 1000 - $1)::float8 AS "waitMs"`,
    [everyMs],
  );
  return Math.max(0, turn?.waitMs ?? 0);
}
