import type { Database } from '@boxoffice/postgres';
import { type Logger, newId } from '@boxoffice/service-kit';
import { keyOf } from './domain/payment.ts';
import { underWay } from './driving.ts';
import { readPayments } from './persistence/find-payments.ts';
import { leasePayment } from './persistence/lease-payments.sql.ts';
import type { Transaction } from './persistence/transaction.ts';
import type { Providers } from './provider/provider.ts';
import type { Settlement } from './settlement.ts';

/** Money was found captured for a payment that failed: give it back. */
export type RefundLateCapture = (payment: Transaction) => Promise<unknown>;

export interface HintDeps {
  db: Database;
  settlement: Settlement;
  providers: Pick<Providers, 'of'>;
  refundLateCapture: RefundLateCapture;
  logger: Logger;
  leaseMs: number;
  providerDeadlineMs: number;
}

/** Follows hints about payments in the background: at most this many at once, the others are due and found by the reconciler. */
const mostAtOnce = 20;

/** Drives a payment that there is news of; one that has failed is looked up for money that came all the same. */
export function hints(deps: HintDeps) {
  const { keep, count, idle } = underWay();
  return {
    hinted(paymentId: string): void {
      if (count() >= mostAtOnce) return;
      void keep(
        follow(deps, paymentId).catch((error: unknown) => deps.logger.error({ err: error, paymentId }, 'news of a payment could not be followed')),
      );
    },
    idle,
  };
}

async function follow(deps: HintDeps, paymentId: string): Promise<void> {
  const driven = await leasePayment(deps.db, { paymentId, driver: newId(), leaseMs: deps.leaseMs });
  if (driven) return void (await deps.settlement.drive(driven));
  const [payment] = await readPayments(deps.db, [paymentId]);
  // What was captured and failed has been refunded by its own steps.
  if (payment && (payment.status === 'FAILED' || payment.status === 'CANCELLED') && !payment.captured) await findLateMoney(deps, payment);
}

async function findLateMoney(
  { providers, providerDeadlineMs: deadlineMs, refundLateCapture, logger }: HintDeps,
  payment: Transaction,
): Promise<void> {
  const provider = await providers.of(payment);
  const charge = keyOf(payment.id, 'AUTHORISING');
  const found = await provider.lookUp({ charge, deadlineMs });
  if (found.kind !== 'approved') return;
  // Only reserved: it is let go. Unless it was captured between the two questions.
  const isTaken = found.captured === true || (await provider.void({ key: keyOf(payment.id, 'VOIDING'), charge, deadlineMs })).kind === 'declined';
  if (!isTaken) return logger.warn({ paymentId: payment.id }, 'money that was reserved for a failed payment is let go');
  await refundLateCapture(payment);
}
