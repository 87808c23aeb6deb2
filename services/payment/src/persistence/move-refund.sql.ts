import { query, type Tx } from '@boxoffice/postgres';
import type { RefundError, RefundProgress } from '../domain/refund.ts';
import { type AskedRefund, asking } from './lease-refunds.sql.ts';
import { type DrivenRefund, type OwnRefund, refundColumns } from './refund-row.ts';

/** Where a refund goes on an answer, and the key of its next question. */
export interface RefundMove {
  next: Pick<RefundProgress, 'status' | 'step'>;
  key: string;
  answer: string;
  leaseMs: number;
  error: RefundError | null;
  refused: { usedAt: string; gate: string } | null;
}

/** Writes an answer and what it leads to, with the next question; fenced on driver and step. Undefined: another driver has it, and only the answer was written. */
export async function moveRefund(tx: Tx, { refund, payment, driver, askId }: DrivenRefund, move: RefundMove): Promise<DrivenRefund | undefined> {
  const { next, key, answer, leaseMs, error, refused } = move;
  const [row] = await query<AskedRefund>(
    tx,
    `WITH answered AS (UPDATE payment_steps SET answered_at = statement_timestamp(), answer = $4 WHERE id = $5),
     taken AS (
       UPDATE refunds r SET status = $6, step = $7, key = $8, error = $9, refused = $10::jsonb, ${stepped},
         driver = CASE WHEN ${goesOn} THEN r.driver END,
         driver_until = CASE WHEN ${goesOn} THEN statement_timestamp() + $11 * interval '1 ms' END
       WHERE r.id = $1 AND r.driver = $2 AND r.step = $3 AND r.status = 'PENDING' RETURNING r.*),
     ${asking}`,
    [refund.id, driver, refund.step, answer, askId, next.status, next.step, key, error, refused && JSON.stringify(refused), leaseMs],
  );
  if (!row) return undefined;
  const { askId: nextAsk, ...moved } = row;
  return { refund: moved, payment, driver, askId: nextAsk };
}

const goesOn = `$6 = 'PENDING' AND $7 <> 'BY_HAND'`;
const stepped = `step_since = statement_timestamp(), attempts = 0, next_check_at = statement_timestamp(),
  done_at = CASE WHEN $6 = 'DONE' THEN statement_timestamp() END`;

/** Writes that there is no answer yet, gives the lease back and says when to ask again. */
export async function postponeRefund(
  tx: Tx,
  { refund, driver, askId }: DrivenRefund,
  { answer, againInMs }: { answer: string; againInMs: number },
): Promise<void> {
  await query(
    tx,
    `WITH answered AS (UPDATE payment_steps SET answered_at = statement_timestamp(), answer = $4 WHERE id = $5)
     UPDATE refunds SET driver = NULL, driver_until = NULL, next_check_at = statement_timestamp() + $6 * interval '1 ms'
     WHERE id = $1 AND driver = $2 AND step = $3`,
    [refund.id, driver, refund.step, answer, askId, againInMs],
  );
}

/** What people do about a refund that waits for them. `by`: who gave the money back outside, and why. */
export type HandMove = {
  next: Pick<RefundProgress, 'status' | 'step'>;
  key: string;
  round: number;
  by: { userId: string; reason: string } | null;
};

/** Goes on with a refund that waits for people, as it was read; undefined when somebody else did. */
export async function moveByHand(tx: Tx, refund: OwnRefund, { next, key, round, by }: HandMove): Promise<OwnRefund | undefined> {
  const [row] = await query<OwnRefund>(
    tx,
    `UPDATE refunds r SET status = $6, step = $7, key = $8, error = NULL, round = $5, ${stepped}, settled_by = $9, settled_reason = $10
     WHERE r.id = $1 AND r.status = $2 AND r.step = $3 AND r.round = $4 RETURNING ${refundColumns('r')}`,
    [refund.id, refund.status, refund.step, refund.round, round, next.status, next.step, key, by?.userId ?? null, by?.reason ?? null],
  );
  return row;
}
