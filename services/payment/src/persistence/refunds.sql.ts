import { query, type Tx } from '@boxoffice/postgres';
import type { Transaction } from './transaction.ts';

/** The record of money that has to go back; the same key is the same refund. */
export async function oweRefund(tx: Tx, refund: { id: string; key: string; payment: Transaction; reason: string }): Promise<void> {
  const { id, key, payment, reason } = refund;
  await query(
    tx,
    `INSERT INTO refunds (id, payment_id, key, amount_minor, currency, reason) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO NOTHING`,
    [id, payment.id, key, payment.amountMinor, payment.currency, reason],
  );
}

/** The money is back. */
export async function closeRefund(tx: Tx, key: string): Promise<void> {
  await query(tx, `UPDATE refunds SET status = 'DONE', done_at = statement_timestamp() WHERE key = $1 AND status = 'PENDING'`, [key]);
}
