import type { Database } from '@boxoffice/postgres';
import type { Metrics } from '@boxoffice/service-kit';
import type { Status } from './domain/payment.ts';
import type { RefundStatus } from './domain/refund.ts';
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
