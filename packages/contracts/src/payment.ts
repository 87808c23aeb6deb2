import { z } from 'zod';
import type { User } from './caller.ts';
import { type EventCancellationService, eventCancellationProcedures } from './event-cancellations.ts';
import { type EventPaymentService, eventPaymentProcedures } from './event-payments.ts';
import { type OrderService, orderProcedures } from './orders.ts';
import { type PaymentAccountService, paymentAccountProcedures } from './payment-accounts.ts';
import { Payment, PaymentMethod, PaymentRef } from './payment-values.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { Id } from './values.ts';

/** Without `method`: the first of those the event offers. */
export const CreatePayment = z.object({ reservationId: Id, method: PaymentMethod.optional() });
/** Where a browser comes back to: https, or http on the same machine. */
const ReturnUrl = z
  .url({ protocol: /^https?$/, error: 'Use an https address.' })
  .max(500)
  .refine((url) => url.startsWith('https:') || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/.test(url), 'Use an https address.');
/**
 * `card` is one of the test provider's documented cards; what each does stands in the payment service's README. `paymentMethodId` is what the provider's own
 * page made of the customer's card ('pm_…'): then `returnUrl` is where the customer goes on after a question of the bank. Money by hand needs neither.
 */
export const ConfirmPayment = z
  .object({
    paymentId: Id,
    card: z
      .string()
      .regex(/^\d{12,19}$/, 'A card number is 12 to 19 digits.')
      .optional(),
    paymentMethodId: z
      .string()
      .regex(/^pm_\w{1,64}$/, 'A payment method is named pm_…')
      .optional(),
    returnUrl: ReturnUrl.optional(),
  })
  .refine((paying) => paying.card === undefined || paying.paymentMethodId === undefined, 'Pay with a card or with a payment method, not with both.')
  .refine((paying) => paying.paymentMethodId === undefined || paying.returnUrl !== undefined, {
    path: ['returnUrl'],
    error: 'A payment method needs a returnUrl: the bank may ask the customer something.',
  });
export const ListMyPayments = z.object({ limit: z.number().int().min(1).max(100).default(20) });
export const PaymentList = z.object({ payments: z.array(Payment) });

/** What the payment service promises. */
export interface PaymentService extends EventCancellationService, EventPaymentService, OrderService, PaymentAccountService {
  /** Asks booking for the price, adds the event's service fee, and extends the reservation once. The same idempotency key is the same payment. */
  createPayment: UseCase<typeof CreatePayment, typeof Payment, User>;
  /** Pays. By hand: sells the seats and waits for the money, PENDING. Else authorises, confirms the seats, captures. PENDING in the answer means the provider has not decided: ask again with getPayment. A second call with the outcome known answers it again. */
  confirmPayment: UseCase<typeof ConfirmPayment, typeof Payment, User>;
  /** Gives up a payment nobody has confirmed, whose seats stay held for the rest of their time; or one that waits for its money, whose seats go back on sale. */
  cancelPayment: UseCase<typeof PaymentRef, typeof Payment, User>;
  getPayment: UseCase<typeof PaymentRef, typeof Payment, User>;
  listMyPayments: UseCase<typeof ListMyPayments, typeof PaymentList, User>;
}

const { router, refuses, user } = proceduresOver<{ payment: PaymentService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const paymentRouter = router({
  ...eventCancellationProcedures,
  ...orderProcedures,
  ...eventPaymentProcedures,
  createPayment: user.meta(rest('POST /payments', 'Create a payment for a reservation'))
    .concat(refuses('RESERVATION_NOT_FOUND', 'RESERVATION_EXPIRED', 'RESERVATION_NOT_HELD', 'PAYMENT_ALREADY_PENDING', 'METHOD_NOT_OFFERED', 'IDEMPOTENCY_KEY_REUSED', 'OVERLOADED', 'CURRENCY_NOT_SUPPORTED', 'PAYMENTS_NOT_SET_UP'))
    .input(CreatePayment).output(Payment).mutation(({ ctx, input }) => ctx.payment.createPayment(input, ctx.caller)),
  confirmPayment: user.meta(rest('POST /payments/{paymentId}/confirm', 'Pay'))
    .concat(refuses('PAYMENT_NOT_FOUND', 'PAYMENT_DECLINED', 'PAYMENT_NOT_PENDING', 'SEATS_GONE', 'TEST_CARD_UNKNOWN', 'IDEMPOTENCY_KEY_REUSED',
      'METHOD_NOT_OFFERED', 'TOO_MANY_UNPAID', 'PAYMENT_METHOD_MISSING', 'PAYMENT_METHOD_NOT_ACCEPTED'))
    .input(ConfirmPayment).output(Payment).mutation(({ ctx, input }) => ctx.payment.confirmPayment(input, ctx.caller)),
  cancelPayment: user.meta(rest('POST /payments/{paymentId}/cancel', 'Give up a payment')).concat(refuses('PAYMENT_NOT_FOUND', 'PAYMENT_NOT_PENDING'))
    .input(PaymentRef).output(Payment).mutation(({ ctx, input }) => ctx.payment.cancelPayment(input, ctx.caller)),
  getPayment: user.meta(rest('GET /payments/{paymentId}', 'One of my payments')).concat(refuses('PAYMENT_NOT_FOUND'))
    .input(PaymentRef).output(Payment).query(({ ctx, input }) => ctx.payment.getPayment(input, ctx.caller)),
  listMyPayments: user.meta(rest('GET /payments', 'My payments, newest first'))
    .input(ListMyPayments).output(PaymentList).query(({ ctx, input }) => ctx.payment.listMyPayments(input, ctx.caller)),
  ...paymentAccountProcedures,
});
