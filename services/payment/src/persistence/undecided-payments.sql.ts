import { type Database, query } from '@boxoffice/postgres';

/** How many payments somebody has paid for and nobody has decided, and the age of the oldest in seconds. */
export async function undecidedPayments(db: Database): Promise<{ count: number; oldestSeconds: number }> {
  const [row] = await query<{ count: number; oldestSeconds: number }>(
    db,
    `SELECT count(*)::int AS count, coalesce(extract(epoch FROM statement_timestamp() - min(step_since)), 0)::float8 AS "oldestSeconds"
     FROM transactions WHERE status = 'PENDING' AND step <> 'CREATED'`,
  );
  return row ?? { count: 0, oldestSeconds: 0 };
}
