import { type Database, query, type Tx } from '@boxoffice/postgres';
import { type OwnRefund, type RefundRow, refundColumns } from './refund-row.ts';
import { type Transaction, transactionColumns } from './transaction.ts';

/** A payment under its row lock, and the database's clock. Everything that adds up refunds of a payment holds it. */
export async function lockPayment(tx: Tx, paymentId: string): Promise<{ payment: Transaction; now: Date } | undefined> {
  const [row] = await query<Transaction & { now: Date }>(
    tx,
    `SELECT ${transactionColumns('t')}, statement_timestamp() AS now FROM transactions t WHERE t.id = $1 FOR NO KEY UPDATE`,
    [paymentId],
  );
  if (!row) return undefined;
  const { now, ...payment } = row;
  return { payment, now };
}

/** A payment's refunds, oldest first, without those of which nothing happened. */
export const refundsOf = (db: Tx | Database, paymentId: string): Promise<RefundRow[]> =>
  query(db, `SELECT ${refundColumns('r')} FROM refunds r WHERE r.payment_id = $1 AND ${counts('r')} ORDER BY r.created_at, r.id`, [paymentId]);

/** Whether refund `r` counts: one that is FAILED and SETTLED never happened. */
export const counts = (r: string): string => `NOT (${r}.status = 'FAILED' AND ${r}.step IS NOT DISTINCT FROM 'SETTLED')`;

/** A refund by its id, whoever's it is. */
export async function readRefund(db: Tx | Database, refundId: string): Promise<RefundRow | undefined> {
  const [row] = await query<RefundRow>(db, `SELECT ${refundColumns('r')} FROM refunds r WHERE r.id = $1`, [refundId]);
  return row;
}

export type NewRefund = Pick<
  OwnRefund,
  | 'id'
  | 'paymentId'
  | 'key'
  | 'kind'
  | 'amountMinor'
  | 'feeMinor'
  | 'currency'
  | 'seatIds'
  | 'force'
  | 'reason'
  | 'cancellationId'
  | 'requestedBy'
  | 'requestHash'
  | 'step'
>;

/** A new refund and the seats it takes; undefined when its id is taken. Throws a unique violation of `refunded_seats_once` for a seat that has a refund. */
export async function insertRefund(tx: Tx, refund: NewRefund): Promise<OwnRefund | undefined> {
  const { id, paymentId, key, kind, amountMinor, feeMinor, currency, seatIds, force, reason } = refund;
  const [row] = await query<OwnRefund>(
    tx,
    `INSERT INTO refunds AS r (id, payment_id, key, kind, amount_minor, fee_minor, currency, seat_ids, force, reason, cancellation_id, requested_by,
       request_hash, step)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8::uuid[], $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING RETURNING ${refundColumns('r')}`,
    [
      ...[id, paymentId, key, kind, amountMinor, feeMinor, currency, seatIds, force, reason],
      ...[refund.cancellationId, refund.requestedBy, refund.requestHash, refund.step],
    ],
  );
  if (row && seatIds.length > 0)
    await query(tx, 'INSERT INTO refunded_seats (payment_id, seat_id, refund_id) SELECT $1, seat_id, $2 FROM unnest($3::uuid[]) AS seat_id', [
      paymentId,
      id,
      seatIds,
    ]);
  return row;
}

/** Nothing of this refund happened: its seats may be refunded by another. */
export async function freeSeatsOf(tx: Tx, refundId: string): Promise<void> {
  await query(tx, 'DELETE FROM refunded_seats WHERE refund_id = $1', [refundId]);
}

/** CONFIRMED → REFUNDED when the money of every seat is back. Under the payment's lock, after the refund's own statement: it must see what others committed. */
export async function endWhenAllIsBack(tx: Tx, paymentId: string): Promise<void> {
  await query(
    tx,
    `UPDATE transactions t SET status = 'REFUNDED', updated_at = statement_timestamp()
     WHERE t.id = $1 AND t.status = 'CONFIRMED' AND jsonb_array_length(t.seats) > 0 AND NOT EXISTS (
       SELECT FROM jsonb_array_elements(t.seats) AS s WHERE NOT EXISTS (
         SELECT FROM refunded_seats b JOIN refunds r ON r.id = b.refund_id
         WHERE b.payment_id = t.id AND b.seat_id = (s ->> 'seatId')::uuid AND r.status = 'DONE'))`,
    [paymentId],
  );
}

/** Money arrived for a payment that had failed: it was captured after all. */
export async function noteCapture(tx: Tx, paymentId: string): Promise<void> {
  await query(tx, 'UPDATE transactions SET captured = true, updated_at = statement_timestamp() WHERE id = $1 AND NOT captured', [paymentId]);
}
