import type { NotificationKind } from '@boxoffice/contracts';
import type { z } from 'zod';

/** A mail that has to be written: to whom, about what, and what caused it. At most one per (kind, causeId). */
export type Notification = {
  kind: z.output<typeof NotificationKind>;
  userId: string;
  eventId: string;
  paymentId: string;
  /** What happened: the payment's id; for a refund the refund's id, because a payment can be refunded in parts. */
  causeId: string;
  /** Amounts and reasons the mail speaks of; never an address or a name. */
  facts: NotificationFacts;
};
export type NotificationFacts = { amountMinor?: number; currency?: string; refunded?: boolean; reason?: string };

/** Every ticket of a payment is there once as many are known as each of them says belong to it. */
export const isComplete = (known: number, ofTickets: number): boolean => known >= ofTickets;

/** A payment that ended without tickets. */
export type FailedPayment = { paymentId: string; userId: string; eventId: string; reason: string; refunded: boolean };

/** Ends that come after the customer has left: nobody answered them on the screen. */
const saidTooLate: ReadonlySet<string> = new Set(['seats-gone', 'not-answered', 'capture-failed']);

/**
 * The mail about a failed payment, or none. Written when money went back, and for ends that come later than the customer's last page.
 * A declined card was answered while the customer was looking; a mail would only say it again.
 */
export function mailAboutFailure(payment: FailedPayment): Notification | undefined {
  if (!payment.refunded && !saidTooLate.has(payment.reason)) return undefined;
  const { paymentId, userId, eventId, refunded, reason } = payment;
  return { kind: 'payment-failed', userId, eventId, paymentId, causeId: paymentId, facts: { refunded, reason } };
}

/** When to try a mail again. */
export type RetryPolicy = {
  /** Attempts before a mail is FAILED. */
  maxAttempts: number;
  /** Wait after the first failure, in milliseconds; doubled after each further one. */
  baseMs: number;
  /** Longest wait between two attempts, in milliseconds. */
  maxMs: number;
};

/** What follows after attempt number `attempts` has failed; `random` (0 to 1) spreads the waits, so that mails of one outage do not return in one wave. */
export function afterFailure(attempts: number, policy: RetryPolicy, random: number): { status: 'FAILED' } | { status: 'PENDING'; waitMs: number } {
  if (attempts >= policy.maxAttempts) return { status: 'FAILED' };
  const wait = Math.min(policy.baseMs * 2 ** (attempts - 1), policy.maxMs);
  return { status: 'PENDING', waitMs: Math.round(wait * (0.75 + 0.5 * random)) };
}
