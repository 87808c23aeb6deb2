import type { Database } from '@boxoffice/postgres';
import type { Metrics } from '@boxoffice/service-kit';
import type { Status } from './domain/payment.ts';
import type { RefundStatus } from './domain/refund.ts';
import { openCancellations } from './persistence/event-cancellations.sql.ts';
import { overduePayments, undecidedPayments } from './persistence/undecided-payments.sql.ts';
import { undecidedRefunds } from './persistence/undecided-refunds.sql.ts';

/** Counts decided payments. */
export type CountSettled = (status: Status, payments?: number) => void;

/** boxoffice_payments_total{status}. */
export function settledCounter(metrics: Metrics): CountSettled {
  const counter = metrics.counter('boxoffice_payments_total', 'Payments that were decided, by status.', ['status']);
  return (status, payments = 1) => counter.inc({ status }, payments);
}

/** boxoffice_payments_undecided and the age of the oldest open question: what an alert watches. */
export function measureUndecided(db: Database, metrics: Metrics): void {
  const oldest = metrics.gauge(
    'boxoffice_payments_oldest_undecided_seconds',
    'How long the oldest open question to provider or booking has been open.',
  );
  metrics.gauge('boxoffice_payments_undecided', 'Payments the customer has confirmed and nobody has decided.', [], async (undecided) => {
    const { count, oldestSeconds } = await undecidedPayments(db);
    undecided.set(count);
    oldest.set(oldestSeconds);
  });
}

/** Counts refunds that were decided; REFUSED: nothing of it happened, because a ticket was used. */
export type CountRefunds = (status: RefundStatus | 'REFUSED') => void;

/** boxoffice_refunds_total{status}. */
export function refundCounter(metrics: Metrics): CountRefunds {
  const counter = metrics.counter('boxoffice_refunds_total', 'Refunds that were decided, or handed to people, by status.', ['status']);
  return (status) => counter.inc({ status });
}

/** boxoffice_refunds_undecided and the age of the oldest open question about one. */
export function measureUndecidedRefunds(db: Database, metrics: Metrics): void {
  const oldest = metrics.gauge(
    'boxoffice_refunds_oldest_undecided_seconds',
    'How long the oldest open question about a refund to ticketing, provider or booking has been open.',
  );
  metrics.gauge('boxoffice_refunds_undecided', 'Refunds that were asked for and nobody has decided.', [], async (undecided) => {
    const { count, oldestSeconds } = await undecidedRefunds(db);
    undecided.set(count);
    oldest.set(oldestSeconds);
  });
}

/** boxoffice_payments_overdue{step}: payments that should be decided by now. */
export function measureOverdue(db: Database, metrics: Metrics): void {
  metrics.gauge('boxoffice_payments_overdue', 'Payments older than their deadline, by the step they stand at.', ['step'], async (overdue) => {
    overdue.reset();
    for (const { step, count } of await overduePayments(db)) overdue.set({ step }, count);
  });
}

/** Counts orders of cancelled events as they are dealt with: refund asked for, ended unpaid, covered by other refunds, looked at later, or a fault of ours. */
export type CountCancelledOrders = (outcome: 'refund' | 'ended' | 'covered' | 'later' | 'fault') => void;

/** boxoffice_cancelled_orders_total{outcome}. */
export function cancelledOrderCounter(metrics: Metrics): CountCancelledOrders {
  const counter = metrics.counter('boxoffice_cancelled_orders_total', 'Orders of cancelled events that were dealt with, by outcome.', ['outcome']);
  return (outcome) => counter.inc({ outcome });
}

/** How many event cancellations run, since when, and what they wait for; what an alert watches. */
export function measureCancellations(db: Database, metrics: Metrics): void {
  const unasked = metrics.gauge('boxoffice_cancelled_orders_unasked', 'Orders of cancelled events whose refund nobody has asked for yet.');
  const oldest = metrics.gauge('boxoffice_event_cancellations_oldest_seconds', 'How long the oldest running event cancellation has been running.');
  metrics.gauge('boxoffice_event_cancellations_running', 'Event cancellations that are not done.', [], async (running) => {
    const open = await openCancellations(db);
    running.set(open.running);
    oldest.set(open.oldestSeconds);
    unasked.set(open.unasked);
  });
}
