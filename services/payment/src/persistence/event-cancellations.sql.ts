import type { EventCancellation } from '@boxoffice/contracts';
import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { counts } from './refunds-of-payment.sql.ts';

/** The refund of a whole event. */
export interface CancellationRow {
  id: string;
  eventId: string;
  organisationId: string;
  currency: string;
  withFees: boolean;
  reason: string;
  requestedBy: string;
  status: 'RUNNING' | 'DONE';
  startedAt: Date;
  doneAt: Date | null;
}

const columns = `c.id, c.event_id AS "eventId", c.organisation_id AS "organisationId", c.currency, c.with_fees AS "withFees", c.reason,
  c.requested_by AS "requestedBy", c.status, c.started_at AS "startedAt", c.done_at AS "doneAt"`;

/** A new one; undefined when the event has one. Of two that start at once one waits for the other. */
export async function insertCancellation(
  tx: Tx,
  given: Pick<CancellationRow, 'id' | 'eventId' | 'organisationId' | 'currency' | 'withFees' | 'reason' | 'requestedBy'>,
): Promise<CancellationRow | undefined> {
  const [row] = await query<CancellationRow>(
    tx,
    `INSERT INTO event_cancellations AS c (id, event_id, organisation_id, currency, with_fees, reason, requested_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (event_id) DO NOTHING RETURNING ${columns}`,
    [given.id, given.eventId, given.organisationId, given.currency, given.withFees, given.reason, given.requestedBy],
  );
  return row;
}

/** The one of this event. */
export async function cancellationOf(db: Database | Tx, eventId: string): Promise<CancellationRow | undefined> {
  const [row] = await query<CancellationRow>(db, `SELECT ${columns} FROM event_cancellations c WHERE c.event_id = $1`, [eventId]);
  return row;
}

/** Those that are under way. */
export const runningCancellations = (db: Database): Promise<CancellationRow[]> =>
  query(db, `SELECT ${columns} FROM event_cancellations c WHERE c.status = 'RUNNING' ORDER BY c.started_at`);

// A refund that waits for people, and one that waits for ticketing, provider or booking.
export const needsPeople = (r: string): string =>
  `((${r}.status = 'FAILED' AND ${r}.step = 'REFUNDING') OR (${r}.status = 'PENDING' AND ${r}.step = 'BY_HAND'))`;
const isUnderWay = (r: string) => `(${r}.status = 'PENDING' AND ${r}.step <> 'BY_HAND')`;
const hasRefund = (condition: (r: string) => string) =>
  `EXISTS (SELECT FROM refunds r WHERE r.payment_id = t.id AND r.kind = 'seats' AND ${condition('r')})`;

/** What became of order `o` with payment `t`: read, never written, so that it cannot disagree with the refunds. Seats that nobody refunds (any more) wait for the next sweep. */
export const orderState = `CASE
  WHEN t.status IN ('FAILED', 'CANCELLED') THEN 'ended'
  WHEN t.status = 'REFUNDED' THEN 'refunded'
  WHEN t.status = 'PENDING' OR o.asked_at IS NULL OR ${hasRefund(isUnderWay)} THEN 'waiting'
  WHEN ${hasRefund(needsPeople)} THEN 'failed'
  ELSE 'waiting' END`;

type Shown = z.input<typeof EventCancellation>;
type Sums = Pick<
  Shown,
  'orders' | 'refunded' | 'ended' | 'failed' | 'waiting' | 'customers' | 'customersTold' | 'amountMinor' | 'refundedMinor' | 'failedMinor'
>;

/** How far it is, in one snapshot. */
export async function sumsOf(db: Database | Tx, cancellationId: string): Promise<Sums> {
  const [sums] = await query<Sums>(
    db,
    `WITH o AS MATERIALIZED (
       SELECT o.payment_id, o.refund_id, ${orderState} AS state FROM cancellation_orders o JOIN transactions t ON t.id = o.payment_id WHERE o.cancellation_id = $1),
     money AS (
       SELECT r.amount_minor, r.status, r.step FROM o JOIN refunds r ON r.payment_id = o.payment_id
       WHERE (r.cancellation_id = $1 OR r.id = o.refund_id) AND ${counts('r')}),
     customers AS (SELECT count(*)::int AS customers, count(told_at)::int AS "customersTold" FROM cancellation_customers WHERE cancellation_id = $1)
     SELECT (SELECT count(*)::int FROM o) AS orders, (SELECT count(*)::int FROM o WHERE state = 'refunded') AS refunded,
       (SELECT count(*)::int FROM o WHERE state = 'ended') AS ended, (SELECT count(*)::int FROM o WHERE state = 'failed') AS failed,
       (SELECT count(*)::int FROM o WHERE state = 'waiting') AS waiting, customers, "customersTold",
       (SELECT coalesce(sum(amount_minor), 0)::float8 FROM money) AS "amountMinor",
       (SELECT coalesce(sum(amount_minor), 0)::float8 FROM money WHERE status = 'DONE') AS "refundedMinor",
       (SELECT coalesce(sum(m.amount_minor), 0)::float8 FROM money m WHERE ${needsPeople('m')}) AS "failedMinor"
     FROM customers`,
    [cancellationId],
  );
  if (!sums) throw new Error('sums answer one row');
  return sums;
}

/** Refunds that wait for people, and orders whose refund could not be written down: at most 100. */
export const failuresOf = (db: Database | Tx, cancellationId: string): Promise<Shown['failures']> =>
  query(
    db,
    `SELECT o.payment_id AS "paymentId", r.id AS "refundId", r.amount_minor AS "amountMinor", CASE r.status WHEN 'FAILED' THEN 'declined' ELSE 'by-hand' END AS why
     FROM cancellation_orders o JOIN refunds r ON r.payment_id = o.payment_id
     WHERE o.cancellation_id = $1 AND r.kind = 'seats' AND ${needsPeople('r')}
     UNION ALL
     SELECT o.payment_id, NULL, t.amount_minor, 'fault' FROM cancellation_orders o JOIN transactions t ON t.id = o.payment_id
     WHERE o.cancellation_id = $1 AND o.asked_at IS NULL AND o.error IS NOT NULL
     ORDER BY 1, 2 LIMIT 100`,
    [cancellationId],
  );

/** How many are under way, for how long the oldest of them, and how many orders nobody has asked about. */
export async function openCancellations(db: Database): Promise<{ running: number; oldestSeconds: number; unasked: number }> {
  const [row] = await query<{ running: number; oldestSeconds: number; unasked: number }>(
    db,
    `SELECT count(*)::int AS running, coalesce(extract(epoch FROM statement_timestamp() - min(started_at)), 0)::float8 AS "oldestSeconds",
       (SELECT count(*)::int FROM cancellation_orders WHERE asked_at IS NULL) AS unasked
     FROM event_cancellations WHERE status = 'RUNNING'`,
  );
  return row ?? { running: 0, oldestSeconds: 0, unasked: 0 };
}
