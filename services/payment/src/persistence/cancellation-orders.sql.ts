import type { CancellationSettled } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { type CancellationRow, needsPeople, orderState } from './event-cancellations.sql.ts';

/** Takes those whose turn it is to be swept; the running ones every second, the others every minute for a month. */
export const dueForSweep = (db: Database): Promise<Pick<CancellationRow, 'id' | 'eventId'>[]> =>
  query(
    db,
    `UPDATE event_cancellations SET next_sweep_at = statement_timestamp() + CASE status WHEN 'RUNNING' THEN interval '1 second' ELSE interval '1 minute' END
     WHERE next_sweep_at <= statement_timestamp() AND (status = 'RUNNING' OR done_at > statement_timestamp() - interval '30 days')
     RETURNING id, event_id AS "eventId"`,
  );

const isAwaiting = `t.status = 'PENDING' AND t.step = 'AWAITING_MONEY'`;

/**
 * Finds what is to be done: orders of the event that are paid or wait for their money, payments confirmed late included, and seats that an earlier refund has
 * given up. Orders that ended unpaid because the event was cancelled are added to those of customers who get their one message anyway. One that was DONE runs
 * again when there is anything to do. A second sweep at once changes nothing.
 */
export async function sweep(tx: Tx, { id, eventId }: Pick<CancellationRow, 'id' | 'eventId'>): Promise<void> {
  // Marked in their rows, whoever ends them: their customers are told by the one message, unless they had it before.
  await query(
    tx,
    `UPDATE transactions t SET cancellation_id = $1 WHERE t.id = ANY (ARRAY(
       SELECT t.id FROM transactions t WHERE t.event_id = $2 AND ${isAwaiting} AND t.cancellation_id IS NULL AND NOT EXISTS (
         SELECT FROM cancellation_customers c WHERE c.cancellation_id = $1 AND c.user_id = t.user_id AND c.told_at IS NOT NULL)
       ORDER BY t.id FOR NO KEY UPDATE)) AND ${isAwaiting}`,
    [id, eventId],
  );
  const found = `FROM transactions t WHERE t.event_id = $2 AND (t.status = 'CONFIRMED' OR (${isAwaiting}))`;
  for (const statement of [
    `INSERT INTO cancellation_customers (cancellation_id, user_id) SELECT DISTINCT $1::uuid, t.user_id ${found} ORDER BY t.user_id ON CONFLICT DO NOTHING`,
    `INSERT INTO cancellation_orders (payment_id, cancellation_id, user_id) SELECT t.id, $1, t.user_id ${found} ORDER BY t.id ON CONFLICT DO NOTHING`,
  ])
    await query(tx, statement, [id, eventId]);
  await query(
    tx,
    `INSERT INTO cancellation_orders (payment_id, cancellation_id, user_id, asked_at)
     SELECT t.id, $1, t.user_id, statement_timestamp() FROM transactions t JOIN cancellation_customers c ON c.cancellation_id = $1 AND c.user_id = t.user_id
     WHERE t.event_id = $2 AND t.failure_reason = 'event-cancelled' ORDER BY t.id ON CONFLICT DO NOTHING`,
    [id, eventId],
  );
  await query(
    tx,
    `UPDATE cancellation_orders o SET asked_at = NULL, round = o.round + 1 FROM transactions t
     WHERE o.cancellation_id = $1 AND t.id = o.payment_id AND t.status = 'CONFIRMED' AND o.asked_at IS NOT NULL AND NOT EXISTS (
       SELECT FROM refunds r WHERE r.payment_id = t.id AND r.kind = 'seats' AND (r.status = 'PENDING' OR ${needsPeople('r')}))`,
    [id],
  );
  await query(
    tx,
    `UPDATE event_cancellations SET status = 'RUNNING', done_at = NULL
     WHERE id = $1 AND status = 'DONE' AND EXISTS (SELECT FROM cancellation_orders WHERE cancellation_id = $1 AND asked_at IS NULL)`,
    [id],
  );
}

/** A customer that one process works for now. Told ones have had their mail: what comes later is told by itself. */
export type LeasedCustomer = { userId: string; toldAt: Date | null };

/** The next customer with something to do, for `leaseMs`. Any number of processes may ask at once. */
export async function leaseCustomer(db: Database, cancellationId: string, leaseMs: number): Promise<LeasedCustomer | undefined> {
  const [customer] = await query<LeasedCustomer>(
    db,
    `UPDATE cancellation_customers c SET driver_until = statement_timestamp() + $2 * interval '1 ms'
     WHERE c.cancellation_id = $1 AND c.user_id = (
       SELECT f.user_id FROM cancellation_orders o JOIN cancellation_customers f ON f.cancellation_id = o.cancellation_id AND f.user_id = o.user_id
       WHERE o.cancellation_id = $1 AND o.asked_at IS NULL AND o.next_at <= statement_timestamp()
         AND (f.driver_until IS NULL OR f.driver_until <= statement_timestamp())
       ORDER BY o.next_at LIMIT 1 FOR NO KEY UPDATE OF f SKIP LOCKED)
     RETURNING c.user_id AS "userId", c.told_at AS "toldAt"`,
    [cancellationId, leaseMs],
  );
  return customer;
}

/** Nobody works for this customer any more. */
export async function leaveCustomer(db: Database, cancellationId: string, userId: string): Promise<void> {
  await query(db, 'UPDATE cancellation_customers SET driver_until = NULL WHERE cancellation_id = $1 AND user_id = $2', [cancellationId, userId]);
}

/** An order that has to be asked about; `status` is its payment's. */
export type UnaskedOrder = { paymentId: string; round: number; attempts: number; status: string };

/** A customer's orders whose time has come. */
export const unaskedOrders = (db: Database, cancellationId: string, userId: string): Promise<UnaskedOrder[]> =>
  query(
    db,
    `SELECT o.payment_id AS "paymentId", o.round, o.attempts, t.status FROM cancellation_orders o JOIN transactions t ON t.id = o.payment_id
     WHERE o.cancellation_id = $1 AND o.user_id = $2 AND o.asked_at IS NULL AND o.next_at <= statement_timestamp() ORDER BY o.payment_id`,
    [cancellationId, userId],
  );

/** The order's refund is written down, in the transaction of that; null: there is nothing to ask for. */
export async function markAsked(db: Tx | Database, paymentId: string, refundId: string | null): Promise<void> {
  await query(
    db,
    'UPDATE cancellation_orders SET asked_at = statement_timestamp(), refund_id = coalesce($2, refund_id), error = NULL WHERE payment_id = $1 AND asked_at IS NULL',
    [paymentId, refundId],
  );
}

/** Not now: again later. `error` is what went wrong, in our words; null when somebody is only waited for. */
export async function postponeOrder(
  db: Database,
  paymentId: string,
  { againInMs, error }: { againInMs: number; error: string | null },
): Promise<void> {
  await query(
    db,
    `UPDATE cancellation_orders SET attempts = attempts + CASE WHEN $3::text IS NULL THEN 0 ELSE 1 END, error = $3,
       next_at = statement_timestamp() + $2 * interval '1 ms' WHERE payment_id = $1 AND asked_at IS NULL`,
    [paymentId, againInMs, error],
  );
}

export type ToldCustomer = Pick<z.input<typeof CancellationSettled.payload>, 'userId' | 'amountMinor' | 'failedMinor'> & { unpaidOrders: number };

/**
 * Customers of whom nothing is waited for any more, at most `limit`, marked as told: whoever gets one here says it, in this transaction, and nobody else ever
 * will. With what went back by this cancellation, and what waits for people of all refunds of their orders.
 */
export const tellCustomers = (tx: Tx, cancellationId: string, limit: number): Promise<ToldCustomer[]> =>
  query(
    tx,
    `WITH ready AS MATERIALIZED (
       SELECT c.user_id FROM cancellation_customers c
       WHERE c.cancellation_id = $1 AND c.told_at IS NULL AND NOT EXISTS (
         SELECT FROM cancellation_orders o JOIN transactions t ON t.id = o.payment_id
         WHERE o.cancellation_id = $1 AND o.user_id = c.user_id AND ${orderState} = 'waiting')
       LIMIT $2 FOR NO KEY UPDATE OF c SKIP LOCKED),
     told AS (
       UPDATE cancellation_customers c SET told_at = statement_timestamp() FROM ready
       WHERE c.cancellation_id = $1 AND c.user_id = ready.user_id RETURNING c.user_id)
     SELECT told.user_id AS "userId",
       (SELECT coalesce(sum(r.amount_minor), 0)::float8 FROM cancellation_orders o JOIN refunds r ON r.payment_id = o.payment_id
        WHERE o.cancellation_id = $1 AND o.user_id = told.user_id AND r.cancellation_id = $1 AND r.status = 'DONE') AS "amountMinor",
       (SELECT coalesce(sum(r.amount_minor), 0)::float8 FROM cancellation_orders o JOIN refunds r ON r.payment_id = o.payment_id
        WHERE o.cancellation_id = $1 AND o.user_id = told.user_id AND r.kind = 'seats' AND ${needsPeople('r')}) AS "failedMinor",
       (SELECT count(*)::int FROM cancellation_orders o JOIN transactions t ON t.id = o.payment_id
        WHERE o.cancellation_id = $1 AND o.user_id = told.user_id AND t.status IN ('FAILED', 'CANCELLED')) AS "unpaidOrders"
     FROM told`,
    [cancellationId, limit],
  );

/** DONE when nothing is waited for, everybody was told, no payment of the event is undecided and none was confirmed that no sweep has found. */
export async function finishCancellation(db: Database, { id, eventId }: Pick<CancellationRow, 'id' | 'eventId'>): Promise<boolean> {
  const rows = await query(
    db,
    `UPDATE event_cancellations c SET status = 'DONE', done_at = statement_timestamp()
     WHERE c.id = $1 AND c.status = 'RUNNING'
       AND NOT EXISTS (SELECT FROM cancellation_customers f WHERE f.cancellation_id = $1 AND f.told_at IS NULL)
       AND NOT EXISTS (SELECT FROM cancellation_orders o JOIN transactions t ON t.id = o.payment_id WHERE o.cancellation_id = $1 AND ${orderState} = 'waiting')
       AND NOT EXISTS (SELECT FROM transactions t WHERE t.event_id = $2 AND t.status = 'PENDING' AND t.step <> 'CREATED')
       AND NOT EXISTS (
         SELECT FROM transactions t WHERE t.event_id = $2 AND t.status = 'CONFIRMED'
           AND NOT EXISTS (SELECT FROM cancellation_orders o WHERE o.payment_id = t.id))
     RETURNING c.id`,
    [id, eventId],
  );
  return rows.length > 0;
}
