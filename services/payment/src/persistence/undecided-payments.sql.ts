import { type Database, query } from '@boxoffice/postgres';
import type { Step } from '../domain/payment.ts';
import { isOpenToLateMoney } from './payment-news.sql.ts';

/** How many payments somebody has paid for and nobody has decided, and the age of the oldest in seconds. */
export async function undecidedPayments(db: Database): Promise<{ count: number; oldestSeconds: number }> {
  const [row] = await query<{ count: number; oldestSeconds: number }>(
    db,
    `SELECT count(*)::int AS count, coalesce(extract(epoch FROM statement_timestamp() - min(step_since)), 0)::float8 AS "oldestSeconds"
     FROM transactions WHERE status = 'PENDING' AND step NOT IN ('CREATED', 'AWAITING_MONEY')`,
  );
  return row ?? { count: 0, oldestSeconds: 0 };
}

/**
 * Payments that should be decided by now, by the step they stand at: their deadline passed more than a minute ago, jobs come every few seconds. LATE_MONEY: failed
 * ones whose provider has had news for five minutes and has not said that their charge is closed.
 */
export const overduePayments = (db: Database): Promise<{ step: Step | 'LATE_MONEY'; count: number }[]> =>
  query(
    db,
    `SELECT step, count(*)::int AS count FROM transactions
     WHERE status = 'PENDING' AND pay_until < statement_timestamp() - interval '1 minute' GROUP BY step
     UNION ALL SELECT 'LATE_MONEY', count(*)::int FROM payment_news n JOIN transactions t ON t.id = n.payment_id
     WHERE n.since < statement_timestamp() - interval '5 minutes' AND ${isOpenToLateMoney('t')} HAVING count(*) > 0`,
  );
