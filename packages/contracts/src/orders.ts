import { z } from 'zod';
import type { User } from './caller.ts';
import { Payment, PaymentMethod, PaymentRef } from './payment-values.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { TicketStatus } from './ticketing.ts';
import { AmountMinor, Id, Instant, Text } from './values.ts';

const SeatsOfOrder = z
  .array(Id)
  .min(1)
  .max(100)
  .refine((ids) => new Set(ids).size === ids.length, 'Name each seat once.');

/** `seats`: these seats go back; `amount`: good will, the tickets live on; the others are money that was taken without seats for it. */
export const RefundKind = z.enum(['failed-payment', 'seats', 'amount', 'late-capture']);
/** DONE: the money is back and the seats are on sale again. FAILED: the provider declined for good; retryRefund or settleRefundByHand. */
export const RefundStatus = z.enum(['PENDING', 'DONE', 'FAILED']);
export const Refund = z.object({
  refundId: Id,
  paymentId: Id,
  kind: RefundKind,
  status: RefundStatus,
  /** Who has to answer before it goes on; null once it is done. */
  waitingFor: z.enum(['ticketing', 'provider', 'staff', 'booking']).nullable(),
  /** What goes back, fees included. */
  amountMinor: z.number().int(),
  /** The part of `amountMinor` that is fees. */
  feeMinor: z.number().int(),
  currency: z.string(),
  seatIds: z.array(Id),
  createdAt: Instant,
  doneAt: Instant.nullable(),
  /** Why it failed, for people; null otherwise. */
  failureReason: z.string().nullable(),
});
/** One payment with everything that belongs to it; its id is the payment's id. */
export const Order = z.object({
  payment: Payment,
  method: PaymentMethod,
  seats: z.array(
    z.object({
      seatId: Id,
      label: z.string(),
      category: z.string(),
      priceMinor: z.number().int(),
      /** A refund of it was asked for; it may still be under way. */
      refunded: z.boolean(),
    }),
  ),
  /** The fees in the payment's amount. */
  feeMinor: z.number().int(),
  /** What is back already. */
  refundedMinor: z.number().int(),
  refunds: z.array(Refund),
  /** null when ticketing does not answer right now. */
  tickets: z.array(z.object({ ticketId: Id, seatId: Id, label: z.string(), status: TicketStatus })).nullable(),
  /** Until when its customer may cancel; null: not at all. */
  cancellableUntil: Instant.nullable(),
});
/** These seats, or the whole order. */
export const CancelOrder = z.object({ paymentId: Id, seatIds: SeatsOfOrder.optional() });
/** These seats, or an amount as good will, or (neither) the whole order: every seat that has not been refunded yet. */
export const RefundOrder = z
  .object({
    paymentId: Id,
    seatIds: SeatsOfOrder.optional(),
    amountMinor: AmountMinor.min(1).optional(),
    /** Whether the seats' share of the fees goes back as well. */
    withFees: z.boolean().default(false),
    /** Also seats whose ticket was used. */
    force: z.boolean().default(false),
    reason: Text(200),
  })
  .refine(({ seatIds, amountMinor }) => seatIds === undefined || amountMinor === undefined, {
    path: ['amountMinor'],
    message: 'Give seats or an amount, not both.',
  });
export const RefundRef = z.object({ refundId: Id });
export const SettleRefundByHand = z.object({ refundId: Id, reason: Text(200) });

/** What the payment service promises about orders and their refunds. */
export interface OrderService {
  /** For its customer, and for box-office staff of its organisation. */
  getOrder: UseCase<typeof PaymentRef, typeof Order, User>;
  /** The customer gives seats back, as long as the organiser allows it. PENDING in the answer means that somebody has not answered yet: ask again with getOrder. */
  cancelOrder: UseCase<typeof CancelOrder, typeof Refund, User>;
  /** Staff (manager) gives money back. The tickets end first, then the money goes back, then the seats are on sale again. The same idempotency key is the same refund. */
  refundOrder: UseCase<typeof RefundOrder, typeof Refund, User>;
  /** Asks the provider once more for a refund it has declined. */
  retryRefund: UseCase<typeof RefundRef, typeof Refund, User>;
  /** The money of a declined or an offline refund was given back outside of Box Office. */
  settleRefundByHand: UseCase<typeof SettleRefundByHand, typeof Refund, User>;
}

const { refuses, user } = proceduresOver<{ payment: OrderService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const orderProcedures = {
  getOrder: user.meta(rest('GET /orders/{paymentId}', 'An order with its seats, refunds and tickets')).concat(refuses('PAYMENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(PaymentRef).output(Order).query(({ ctx, input }) => ctx.payment.getOrder(input, ctx.caller)),
  cancelOrder: user.meta(rest('POST /orders/{paymentId}/cancel', 'Give tickets back'))
    .concat(refuses('PAYMENT_NOT_FOUND', 'PAYMENT_NOT_CONFIRMED', 'CANCELLATION_CLOSED', 'SEATS_NOT_OF_ORDER', 'ALREADY_REFUNDED', 'REFUND_TOO_MUCH', 'TICKET_ALREADY_USED', 'IDEMPOTENCY_KEY_REUSED'))
    .input(CancelOrder).output(Refund).mutation(({ ctx, input }) => ctx.payment.cancelOrder(input, ctx.caller)),
  refundOrder: user.meta(rest('POST /orders/{paymentId}/refunds', 'Refund an order, some of its seats, or an amount'))
    .concat(refuses('PAYMENT_NOT_FOUND', 'ROLE_REQUIRED', 'PAYMENT_NOT_CONFIRMED', 'REFUND_TOO_MUCH', 'ALREADY_REFUNDED', 'SEATS_NOT_OF_ORDER', 'TICKET_ALREADY_USED', 'IDEMPOTENCY_KEY_REUSED'))
    .input(RefundOrder).output(Refund).mutation(({ ctx, input }) => ctx.payment.refundOrder(input, ctx.caller)),
  retryRefund: user.meta(rest('POST /refunds/{refundId}/retry', 'Ask again for a declined refund')).concat(refuses('REFUND_NOT_FOUND', 'ROLE_REQUIRED', 'REFUND_NOT_FAILED'))
    .input(RefundRef).output(Refund).mutation(({ ctx, input }) => ctx.payment.retryRefund(input, ctx.caller)),
  settleRefundByHand: user.meta(rest('POST /refunds/{refundId}/settle-by-hand', 'Money was given back outside')).concat(refuses('REFUND_NOT_FOUND', 'ROLE_REQUIRED', 'REFUND_NOT_FAILED'))
    .input(SettleRefundByHand).output(Refund).mutation(({ ctx, input }) => ctx.payment.settleRefundByHand(input, ctx.caller)),
};
