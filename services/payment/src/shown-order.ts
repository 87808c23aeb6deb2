import { type Order, type Refund, Refusal } from '@boxoffice/contracts';
import type { z } from 'zod';
import { type RefundStep, refundWaitsFor, refundWords } from './domain/refund.ts';
import type { RefundRow } from './persistence/refund-row.ts';
import type { Transaction } from './persistence/transaction.ts';
import { shown } from './shown-payment.ts';

/** A refund as its customer and staff see it. */
export const shownRefund = (refund: RefundRow): z.input<typeof Refund> => ({
  refundId: refund.id,
  paymentId: refund.paymentId,
  kind: refund.kind,
  status: refund.status,
  waitingFor: refundWaitsFor({ status: refund.status, step: refund.step ?? stepOfPayment(refund) }),
  amountMinor: refund.amountMinor,
  feeMinor: refund.feeMinor,
  currency: refund.currency,
  seatIds: refund.seatIds,
  createdAt: refund.createdAt,
  doneAt: refund.doneAt,
  failureReason: refund.status === 'FAILED' && refund.error ? refundWords(refund.error) : null,
});

/** The refund of a failed payment is asked for by the payment's own steps. */
const stepOfPayment = ({ status }: RefundRow): RefundStep => (status === 'DONE' ? 'SETTLED' : 'REFUNDING');

/** A refund of which something happened. Refuses TICKET_ALREADY_USED. */
export function refundOrRefused(refund: RefundRow): RefundRow {
  if (refund.refused) throw new Refusal('TICKET_ALREADY_USED', refund.refused);
  return refund;
}

type Parts = { payment: Transaction; refunds: readonly RefundRow[] } & Pick<z.input<typeof Order>, 'tickets' | 'cancellableUntil'>;

/** An order with everything that belongs to it. */
export function shownOrder({ payment, refunds, tickets, cancellableUntil }: Parts): z.input<typeof Order> {
  const refundedSeats = new Set(refunds.flatMap(({ seatIds }) => seatIds));
  return {
    payment: shown(payment),
    method: payment.method,
    seats: payment.seats.map((seat) => ({ ...seat, refunded: refundedSeats.has(seat.seatId) })),
    feeMinor: payment.feeMinor,
    refundedMinor: refunds.reduce((sum, { status, amountMinor }) => sum + (status === 'DONE' ? amountMinor : 0), 0),
    refunds: refunds.map(shownRefund),
    tickets,
    cancellableUntil,
  };
}
