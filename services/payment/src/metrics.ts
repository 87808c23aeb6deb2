import type { Database } from '@boxoffice/postgres';
import type { Metrics } from '@boxoffice/service-kit';
import type { Status } from './domain/payment.ts';
import { undecidedPayments } from './persistence/undecided-payments.sql.ts';

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
