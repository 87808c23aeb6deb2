import { Refusal } from '@boxoffice/contracts';
import { type Database, hashOf, type Tx } from '@boxoffice/postgres';
import { derivedId } from '@boxoffice/service-kit';
import { firstStep, type RefundKind, refundKeyOf } from './domain/refund.ts';
import { refundAmount } from './domain/refund-amount.ts';
import type { OwnRefund, RefundRow } from './persistence/refund-row.ts';
import { insertRefund, lockPayment, readRefund, refundsOf } from './persistence/refunds-of-payment.sql.ts';
import type { Transaction } from './persistence/transaction.ts';
import { isOffline } from './refund-settlement.ts';

/** What somebody wants back of a payment. Neither seats nor amount: everything that is left of the order. */
export interface RefundRequest {
  payment: Pick<Transaction, 'id'>;
  seatIds?: readonly string[] | undefined;
  amountMinor?: number | undefined;
  withFees: boolean;
  /** Also seats whose ticket was used. */
  force: boolean;
  kind?: 'late-capture' | undefined;
  cancellationId?: string | undefined;
  /** The user who asked; null: the system. */
  requestedBy: string | null;
  reason: string;
  /** The same key of the same user (or payment, where there is none) is the same refund, for ever. */
  key: string;
}

/** The id of the refund that this request is, was, or will be. */
export const refundIdOf = ({ requestedBy, payment, key }: Pick<RefundRequest, 'requestedBy' | 'payment' | 'key'>): string =>
  derivedId(requestedBy ?? payment.id, `refund:${key}`);

/**
 * Writes a refund down, in `tx` when it is given; nobody is asked before its commit, then `settle-refunds` or the caller drives it. Refuses
 * PAYMENT_NOT_FOUND, PAYMENT_NOT_CONFIRMED, SEATS_NOT_OF_ORDER, ALREADY_REFUNDED, REFUND_TOO_MUCH and IDEMPOTENCY_KEY_REUSED, and changes nothing then. `onNew` runs
 * in the same transaction, for the first of all repetitions.
 */
export const requestRefund = (
  { db }: { db: Database },
  tx: Tx | undefined,
  request: RefundRequest,
  onNew?: (tx: Tx, refund: OwnRefund) => Promise<void>,
): Promise<OwnRefund> => (tx ? written(tx, request, onNew) : db.transaction((own) => written(own, request, onNew)));

async function written(tx: Tx, request: RefundRequest, onNew?: (tx: Tx, refund: OwnRefund) => Promise<void>): Promise<OwnRefund> {
  // First the lock: refunds of one payment are added up one after the other, and a repetition finds the first one.
  const found = await lockPayment(tx, request.payment.id);
  if (!found) throw new Refusal('PAYMENT_NOT_FOUND', {});
  const { payment } = found;
  const id = refundIdOf(request);
  const requestHash = hashOf({
    ...request,
    key: undefined,
    payment: payment.id,
    seatIds: request.seatIds?.map((seatId) => seatId.toLowerCase()).sort(),
  });
  const earlier = await readRefund(tx, id);
  if (earlier) return sameRequest(earlier, requestHash);
  const wanted = wantedOf(payment, await refundsOf(tx, payment.id), request);
  const step = firstStep(wanted.kind, isOffline(payment));
  const { force, reason, requestedBy, cancellationId = null } = request;
  const row = { id, paymentId: payment.id, currency: payment.currency, force, reason, requestedBy, cancellationId, requestHash, step, ...wanted };
  const refund = await insertRefund(tx, { ...row, key: refundKeyOf(id, step, 1) });
  // The same key at this moment, for another payment.
  if (!refund) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
  await onNew?.(tx, refund);
  return refund;
}

type Wanted = Pick<RefundRow, 'amountMinor' | 'feeMinor' | 'seatIds'> & { kind: RefundKind };

function wantedOf(payment: Transaction, refunds: readonly RefundRow[], request: RefundRequest): Wanted {
  const { status, amountMinor, feeMinor, seats } = payment;
  const refundedMinor = refunds.reduce((sum, refund) => sum + refund.amountMinor, 0);
  if (request.kind === 'late-capture') {
    if (status !== 'FAILED' && status !== 'CANCELLED') throw new Error(`payment ${payment.id} is ${status}: its money did not come too late`);
    if (refundedMinor > 0) throw new Refusal('REFUND_TOO_MUCH', { leftMinor: amountMinor - refundedMinor });
    return { kind: 'late-capture', seatIds: [], amountMinor, feeMinor };
  }
  if (status !== 'CONFIRMED' && status !== 'REFUNDED') throw new Refusal('PAYMENT_NOT_CONFIRMED', { status });
  const refundedSeatIds = new Set(refunds.flatMap(({ seatIds }) => seatIds));
  return refundAmount({ seats, refundedSeatIds, feeMinor, capturedMinor: amountMinor, refundedMinor }, request);
}

function sameRequest(earlier: RefundRow, requestHash: string): OwnRefund {
  const { step } = earlier;
  if (earlier.requestHash !== requestHash || step === null) throw new Refusal('IDEMPOTENCY_KEY_REUSED', {});
  return { ...earlier, step };
}
