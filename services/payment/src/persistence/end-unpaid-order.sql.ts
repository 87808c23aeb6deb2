import { query, type Tx } from '@boxoffice/postgres';
import { keyOf, type Progress } from '../domain/payment.ts';
import { asking } from './lease-payments.sql.ts';
import { type Driven, type DrivenRow, drivenOf } from './transaction.ts';

type Ending = { paymentId: string; next: Progress; driver: string; leaseMs: number };

/**
 * A payment that waits for its money waits no longer, because its event does not take place; undefined when it does not wait (any more). Its row decides
 * against the money and the deadline.
 */
export async function endUnpaidOrder(tx: Tx, { paymentId, next, driver, leaseMs }: Ending): Promise<Driven | undefined> {
  if (next.step !== 'RETURNING_SEATS') throw new Error(`nobody is asked while ${next.step}`);
  const [row] = await query<DrivenRow>(
    tx,
    `WITH taken AS (
       UPDATE transactions t SET step = 'RETURNING_SEATS', failure_reason = $2, step_key = $3, step_since = statement_timestamp(), attempts = 0,
         driver = $4, driver_until = statement_timestamp() + $5 * interval '1 ms', next_check_at = statement_timestamp(), updated_at = statement_timestamp()
       WHERE t.id = $1 AND t.status = 'PENDING' AND t.step = 'AWAITING_MONEY' RETURNING t.*),
     kept AS (
       INSERT INTO payment_steps (payment_id, step, key, answered_at, answer)
       SELECT id, 'AWAITING_MONEY', reference, statement_timestamp(), 'event cancelled' FROM taken),
     ${asking}`,
    [paymentId, next.failure, keyOf(paymentId, next.step), driver, leaseMs],
  );
  return row && drivenOf(driver, row);
}
