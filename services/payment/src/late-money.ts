import type { Database } from '@boxoffice/postgres';
import type { Logger } from '@boxoffice/service-kit';
import { keyOf, mayHaveLateMoney, type ProviderAnswer } from './domain/payment.ts';
import { readPayments } from './persistence/find-payments.ts';
import { closeNews, type News } from './persistence/payment-news.sql.ts';
import type { Transaction } from './persistence/transaction.ts';
import { answerWithin, type Providers } from './provider/provider.ts';

export interface LateMoneyDeps {
  db: Database;
  providers: Pick<Providers, 'of'>;
  /** Money was found captured for a payment that failed: gives it back, once. */
  refundLateCapture(payment: Transaction): Promise<unknown>;
  logger: Logger;
  leaseMs: number;
  providerDeadlineMs: number;
}

/**
 * Follows news of a payment that has FAILED or was cancelled to its end: its charge is closed at the provider, and what was captured all the same goes back.
 * Without a definite answer the news stays and comes again. Faults are logged, never thrown.
 */
export async function followLateMoney(deps: LateMoneyDeps, news: News): Promise<void> {
  const { db, logger } = deps;
  const { paymentId } = news;
  try {
    const [payment] = await readPayments(db, [paymentId]);
    if (payment?.status === 'PENDING') return; // its driver's; what it ends as is looked at then
    if (!payment || (await isOver(deps, payment, news))) await closeNews(db, news);
  } catch (error) {
    logger.error({ err: error, paymentId }, 'news of a failed payment could not be followed; it is tried again');
  }
}

/** Whether no money is held, or can ever be taken, for a payment that nobody gets anything for – or its refund is written. */
async function isOver(deps: LateMoneyDeps, payment: Transaction, news: News): Promise<boolean> {
  if (!mayHaveLateMoney(payment)) return true;
  const { kind } = await close(deps, payment, news);
  if (kind !== 'declined') return kind === 'approved';
  await deps.refundLateCapture(payment); // declined: it is captured already
  deps.logger.warn({ paymentId: payment.id }, 'money that was captured for a failed payment goes back');
  return true;
}

/** Under a key of each look: closing twice is nothing, and a provider repeats for hours what it said under one key, be it a fault. */
async function close(
  { providers, providerDeadlineMs: deadlineMs, logger }: LateMoneyDeps,
  payment: Transaction,
  { version }: News,
): Promise<ProviderAnswer> {
  const { id: paymentId } = payment;
  const provider = await providers.of(payment);
  const request = { key: `${keyOf(paymentId, 'VOIDING')}:${version}`, charge: keyOf(paymentId, 'AUTHORISING'), deadlineMs };
  return answerWithin(
    deadlineMs,
    () => provider.void(request),
    (error) => logger.warn({ err: error, paymentId }, 'the provider did not say whether money for a failed payment is let go; it is asked again'),
  );
}
