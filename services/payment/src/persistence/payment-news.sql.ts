import { type Database, query } from '@boxoffice/postgres';

/** News of a payment, leased by being looked at later; `version` is what may be put away. */
export interface News {
  paymentId: string;
  version: number;
}

/** domain/payment's `mayHaveLateMoney` of the row `alias`. */
export const isOpenToLateMoney = (alias: string) => `(${alias}.status IN ('FAILED', 'CANCELLED') AND NOT ${alias}.captured)`;

/**
 * Takes news whose time has come, of one payment or of at most `limit`, and says when it would be looked at again: after `leaseMs`, then twice that, up to ten
 * minutes. Any number of processes may do this at once.
 */
export const leaseNews = (db: Database, { paymentId, limit, leaseMs }: { paymentId?: string; limit: number; leaseMs: number }): Promise<News[]> =>
  query(
    db,
    `UPDATE payment_news n SET version = n.version + 1, attempts = n.attempts + 1,
       follow_at = statement_timestamp() + least($2 * 2 ^ least(n.attempts, 10), 600000) * interval '1 ms'
     WHERE n.payment_id IN (
       SELECT d.payment_id FROM payment_news d WHERE d.follow_at <= statement_timestamp() AND ($3::uuid IS NULL OR d.payment_id = $3)
       ORDER BY d.follow_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING n.payment_id AS "paymentId", n.version`,
    [limit, leaseMs, paymentId ?? null],
  );

/** Puts news away that was followed to its end, unless there is more since. */
export async function closeNews(db: Database, { paymentId, version }: News): Promise<void> {
  await query(db, 'DELETE FROM payment_news WHERE payment_id = $1 AND version = $2', [paymentId, version]);
}

/** Puts away what is due and needs no question: its payment has its money, or has given it back by its own steps. */
export async function closeSettledNews(db: Database): Promise<void> {
  await query(
    db,
    `DELETE FROM payment_news WHERE payment_id IN (
       SELECT n.payment_id FROM payment_news n JOIN transactions t ON t.id = n.payment_id
       WHERE n.follow_at <= statement_timestamp() AND t.status <> 'PENDING' AND NOT ${isOpenToLateMoney('t')}
       LIMIT 5000 FOR UPDATE OF n SKIP LOCKED)`,
  );
}
