import type { CancellationSettled, NotificationKind, PaymentAwaited, PaymentRefunded } from '@boxoffice/contracts';
import type { z } from 'zod';

/** A mail that has to be written: to whom, about what, and what caused it. At most one per (kind, causeId). */
export type Notification = {
  kind: z.output<typeof NotificationKind>;
  userId: string;
  eventId: string;
  /** Null for a mail about all of a customer's orders. */
  paymentId: string | null;
  /** What happened: the payment's id; for a refund the refund's id, because a payment can be refunded in parts; of its own for tickets that are sent again. */
  causeId: string;
  /** Amounts and reasons the mail speaks of; never an address or a name. */
  facts: NotificationFacts;
};
export type NotificationFacts = {
  amountMinor?: number;
  currency?: string;
  refunded?: boolean;
  reason?: string;
  refundKind?: z.output<typeof PaymentRefunded.payload>['kind'];
  /** The part of the refund that is fees. */
  feeMinor?: number;
  seatIds?: string[];
  method?: string;
  /** What the customer names: when paying, or when asking. */
  reference?: string;
  payUntil?: string;
  instructions?: string | null;
  failedMinor?: number;
  unpaidOrders?: number;
};

/** Every ticket of a payment is there once as many are known as each of them says belong to it. */
export const isComplete = (known: number, ofTickets: number): boolean => known >= ofTickets;

/** A payment that ended without tickets. */
export type FailedPayment = {
  paymentId: string;
  userId: string;
  eventId: string;
  reason: string;
  refunded: boolean;
  cancellationId: string | null;
};

/** Whether it ended because its event does not take place. */
export const isCancelledEvent = ({ reason }: Pick<FailedPayment, 'reason'>): boolean => reason === 'event-cancelled';

/** Ends that come after the customer has left: nobody answered them on the screen. */
const saidTooLate: ReadonlySet<string> = new Set(['seats-gone', 'not-answered', 'capture-failed', 'not-paid', 'event-cancelled']);

/**
 * The mail about a failed payment, or none. Written when money went back, and for ends that come later than the customer's last page.
 * A declined card was answered while the customer was looking; a mail would only say it again. A cancelled event's customers are told of all their orders at once.
 */
export function mailAboutFailure(payment: FailedPayment): Notification | undefined {
  if (payment.cancellationId !== null) return undefined;
  if (!payment.refunded && !saidTooLate.has(payment.reason)) return undefined;
  const { paymentId, userId, eventId, refunded, reason } = payment;
  return { kind: 'payment-failed', userId, eventId, paymentId, causeId: paymentId, facts: { refunded, reason } };
}

/** The mail about money that went back; none for a cancelled event's, whose customers are told of all their orders at once. */
export function mailAboutRefund(refund: z.output<typeof PaymentRefunded.payload>): Notification | undefined {
  const { userId, eventId, paymentId, refundId, amountMinor, currency, kind, feeMinor, seatIds, cancellationId } = refund;
  if (cancellationId !== null) return undefined;
  const facts = { amountMinor, currency, refundKind: kind, feeMinor, seatIds };
  return { kind: 'payment-refunded', userId, eventId, paymentId, causeId: refundId, facts };
}

/** The mail that says how to pay by hand. */
export function mailAboutAwaited(payment: z.output<typeof PaymentAwaited.payload>): Notification {
  const { userId, eventId, paymentId, amountMinor, currency, method, reference, payUntil, instructions } = payment;
  const facts = { amountMinor, currency, method, reference, payUntil, instructions };
  return { kind: 'payment-awaited', userId, eventId, paymentId, causeId: paymentId, facts };
}

/** The one mail about a cancelled event. `causeId` is the same for the same cancellation and customer. */
export function mailAboutCancellation(settled: z.output<typeof CancellationSettled.payload>, causeId: string): Notification {
  const { userId, eventId, cancellationId: reference, amountMinor, currency, failedMinor, unpaidOrders } = settled;
  return {
    kind: 'cancellation-settled',
    userId,
    eventId,
    paymentId: null,
    causeId,
    facts: { amountMinor, currency, failedMinor, unpaidOrders, reference },
  };
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
