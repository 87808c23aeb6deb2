import { query, type Tx } from '@boxoffice/postgres';
import type { Progress } from '../domain/payment.ts';
import { asking } from './lease-payments.sql.ts';
import { type Driven, type DrivenRow, drivenOf } from './transaction.ts';

interface Answered {
  /** What was said, for the log of steps: never card data. */
  answer: string;
}

/**
 * Writes the answer and what it leads to, with the next question; fenced on driver and step. Undefined when another driver has taken over:
 * then nothing but the log of steps was written.
 */
export async function movePayment(
  tx: Tx,
  { payment, driver, askId }: Driven,
  move: Answered & { next: Progress; key: string | null; leaseMs: number; reference: string | undefined },
): Promise<Driven | undefined> {
  const { next, key, leaseMs, reference, answer } = move;
  const [row] = await query<DrivenRow>(
    tx,
    `WITH answered AS (UPDATE payment_steps SET answered_at = statement_timestamp(), answer = $9 WHERE id = $10),
     taken AS (
       UPDATE transactions SET status = $4, step = $5, step_key = $6, step_since = statement_timestamp(), captured = $7, failure_reason = $8,
         provider_reference = coalesce($11, provider_reference), attempts = 0, next_check_at = statement_timestamp(), updated_at = statement_timestamp(),
         driver = CASE WHEN $5 = 'SETTLED' THEN NULL ELSE driver END,
         driver_until = CASE WHEN $5 = 'SETTLED' THEN NULL ELSE statement_timestamp() + $12 * interval '1 ms' END,
         settled_at = CASE WHEN $5 = 'SETTLED' THEN statement_timestamp() END
       WHERE id = $1 AND driver = $2 AND step = $3 RETURNING *),
     ${asking}`,
    [payment.id, driver, payment.step, next.status, next.step, key, next.captured, next.failure, answer, askId, reference ?? null, leaseMs],
  );
  return row && drivenOf(driver, row);
}

/** Writes that there is no answer yet, gives the lease back and says when to ask again. */
export async function postponePayment(
  tx: Tx,
  { payment, driver, askId }: Driven,
  { answer, againInMs }: Answered & { againInMs: number },
): Promise<void> {
  await query(
    tx,
    `WITH answered AS (UPDATE payment_steps SET answered_at = statement_timestamp(), answer = $4 WHERE id = $5)
     UPDATE transactions SET driver = NULL, driver_until = NULL, next_check_at = statement_timestamp() + $6 * interval '1 ms', updated_at = statement_timestamp()
     WHERE id = $1 AND driver = $2 AND step = $3`,
    [payment.id, driver, payment.step, answer, askId, againInMs],
  );
}
