import { type Database, query } from '@boxoffice/postgres';

/** How many refunds wait for an answer from outside, and the age of the oldest question in seconds; those that wait for people are not among them. */
export async function undecidedRefunds(db: Database): Promise<{ count: number; oldestSeconds: number }> {
  const [row] = await query<{ count: number; oldestSeconds: number }>(
    db,
    `SELECT count(*)::int AS count, coalesce(extract(epoch FROM statement_timestamp() - min(step_since)), 0)::float8 AS "oldestSeconds"
     FROM refunds WHERE status = 'PENDING' AND step IS NOT NULL AND step <> 'BY_HAND'`,
  );
  return row ?? { count: 0, oldestSeconds: 0 };
}
