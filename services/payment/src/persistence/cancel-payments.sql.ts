import { type Database, query, type Tx } from '@boxoffice/postgres';
import { type Transaction, transactionColumns } from './transaction.ts';

const cancelled = `status = 'CANCELLED', step = 'SETTLED', step_since = statement_timestamp(), settled_at = statement_timestamp(), updated_at = statement_timestamp()`;

/** Ends a payment its customer has not confirmed; undefined when it is past that. The same row decides against a confirm that comes at once. */
export async function cancelCreatedPayment(tx: Tx, paymentId: string, userId: string): Promise<Transaction | undefined> {
  const [row] = await query<Transaction>(
    tx,
    `UPDATE transactions t SET ${cancelled} WHERE id = $1 AND user_id = $2 AND status = 'PENDING' AND step = 'CREATED' RETURNING ${transactionColumns('t')}`,
    [paymentId, userId],
  );
  return row;
}

/** Ends payments nobody confirmed while their seats were kept. A created payment's next check is the end of that time. */
export async function cancelUnpaidPayments(db: Database, limit: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    db,
    `WITH due AS MATERIALIZED (
       SELECT id FROM transactions WHERE status = 'PENDING' AND step = 'CREATED' AND next_check_at <= statement_timestamp()
       ORDER BY next_check_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
     UPDATE transactions SET ${cancelled} WHERE id IN (SELECT id FROM due) RETURNING id`,
    [limit],
  );
  return rows.map(({ id }) => id);
}
