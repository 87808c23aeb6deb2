import { z } from 'zod';
import type { User } from './caller.ts';
import { type OrderService, orderProcedures } from './orders.ts';
import { Payment, PaymentRef } from './payment-values.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { Id } from './values.ts';

export const CreatePayment = z.object({ reservationId: Id });
/** The test provider's documented cards; the list and what each does stands in the payment service's README. */
export const ConfirmPayment = z.object({ paymentId: Id, card: z.string().regex(/^\d{12,19}$/, 'A card number is 12 to 19 digits.') });
export const ListMyPayments = z.object({ limit: z.number().int().min(1).max(100).default(20) });
export const PaymentList = z.object({ payments: z.array(Payment) });

/** What the payment service promises. */
export interface PaymentService extends OrderService {
  /** Asks booking for the price and extends the reservation once. The same idempotency key is the same payment. */
  createPayment: UseCase<typeof CreatePayment, typeof Payment, User>;
  /** Authorises, confirms the seats, captures. PENDING in the answer means the provider has not decided: ask again with getPayment. A second call with the outcome known answers it again. */
  confirmPayment: UseCase<typeof ConfirmPayment, typeof Payment, User>;
  /** Gives up a payment nobody has confirmed; the seats stay held for the rest of their time. */
  cancelPayment: UseCase<typeof PaymentRef, typeof Payment, User>;
  getPayment: UseCase<typeof PaymentRef, typeof Payment, User>;
  listMyPayments: UseCase<typeof ListMyPayments, typeof PaymentList, User>;
}

const { router, refuses, user } = proceduresOver<{ payment: PaymentService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const paymentRouter = router({
  ...orderProcedures,
  createPayment: user.meta(rest('POST /payments', 'Create a payment for a reservation'))
    .concat(refuses('RESERVATION_NOT_FOUND', 'RESERVATION_EXPIRED', 'RESERVATION_NOT_HELD', 'PAYMENT_ALREADY_PENDING', 'IDEMPOTENCY_KEY_REUSED', 'OVERLOADED'))
    .input(CreatePayment).output(Payment).mutation(({ ctx, input }) => ctx.payment.createPayment(input, ctx.caller)),
  confirmPayment: user.meta(rest('POST /payments/{paymentId}/confirm', 'Pay'))
    .concat(refuses('PAYMENT_NOT_FOUND', 'PAYMENT_DECLINED', 'PAYMENT_NOT_PENDING', 'SEATS_GONE', 'TEST_CARD_UNKNOWN', 'IDEMPOTENCY_KEY_REUSED'))
    .input(ConfirmPayment).output(Payment).mutation(({ ctx, input }) => ctx.payment.confirmPayment(input, ctx.caller)),
  cancelPayment: user.meta(rest('POST /payments/{paymentId}/cancel', 'Give up a payment')).concat(refuses('PAYMENT_NOT_FOUND', 'PAYMENT_NOT_PENDING'))
    .input(PaymentRef).output(Payment).mutation(({ ctx, input }) => ctx.payment.cancelPayment(input, ctx.caller)),
  getPayment: user.meta(rest('GET /payments/{paymentId}', 'One of my payments')).concat(refuses('PAYMENT_NOT_FOUND'))
    .input(PaymentRef).output(Payment).query(({ ctx, input }) => ctx.payment.getPayment(input, ctx.caller)),
  listMyPayments: user.meta(rest('GET /payments', 'My payments, newest first'))
    .input(ListMyPayments).output(PaymentList).query(({ ctx, input }) => ctx.payment.listMyPayments(input, ctx.caller)),
});
