import { z } from 'zod';
import type { User } from './caller.ts';
import { Payment, PaymentMethod, PaymentStatus } from './payment-values.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { CurrencyCode, Id, Instant, PaymentReference, Text } from './values.ts';

/** Several lines that people read: trimmed, not empty, line breaks but no other control characters, at most `max` UTF-16 units. */
const Lines = (max: number) =>
  z
    .string()
    .transform((text) => text.replaceAll('\r\n', '\n').trim())
    .pipe(
      z
        .string()
        .min(1)
        .max(max)
        .regex(/^(?:[^\p{Cc}]|\n)*$/u, 'Control characters are not allowed.'),
    );

/** A transfer must be there within so many hours, and before the event starts; the instructions say where to. */
const BankTransfer = z.object({ withinHours: z.number().int().min(1).max(2_160), instructions: Lines(500) });
/** Paid at the venue; what is not paid so many hours before the start goes back on sale. */
const AtDoor = z.object({ untilHoursBefore: z.number().int().min(0).max(720) });
/** Who sells, as a receipt must say it. */
const Seller = z.object({ name: Text(200), address: Lines(400), taxId: Text(40) });

const settings = {
  methods: z
    .array(PaymentMethod)
    .min(1)
    .max(3)
    .refine((methods) => new Set(methods).size === methods.length, 'Name each method once.'),
  accountId: Id.optional(),
  bankTransfer: BankTransfer.optional(),
  atDoor: AtDoor.optional(),
  /** Service fee on top of each seat's price, in the event's currency. */
  feePerSeatMinor: z.number().int().min(0).max(1_000_000).default(0),
  /** Customers may cancel until so many hours before the start; null: they may not. */
  cancelUntilHours: z.number().int().min(0).max(8_760).nullable().default(null),
  /** Whether the service fee stays with the organiser when a customer cancels. */
  keepFees: z.boolean().default(false),
  seller: Seller.optional(),
};
/** The first method is the one of payments that name none. `currency`, where it is given, is that of the fee: the event's. */
export const SetEventPayments = z.object({ eventId: Id, currency: CurrencyCode.optional(), ...settings });
export const EventPaymentsRef = z.object({ eventId: Id });
export const EventPayments = z.object({
  eventId: Id,
  currency: z.string(),
  methods: z.array(PaymentMethod),
  accountId: Id.nullable(),
  bankTransfer: BankTransfer.nullable(),
  atDoor: AtDoor.nullable(),
  feePerSeatMinor: z.number().int(),
  cancelUntilHours: z.number().int().nullable(),
  keepFees: z.boolean(),
  seller: Seller.nullable(),
  /** Null: nobody has set anything, these are the defaults. */
  updatedAt: Instant.nullable(),
});
/** What a customer can choose from now; `payWithin`: seconds from now until the money must be there, null where it is paid at once. */
export const PaymentMethods = z.object({
  eventId: Id,
  currency: z.string(),
  feePerSeatMinor: z.number().int(),
  /** Until when a customer may cancel by himself; null: he may not. */
  cancellableUntil: Instant.nullable(),
  methods: z.array(
    z.object({
      method: PaymentMethod,
      provider: z.string(),
      publishableKey: z.string().nullable(),
      instructions: z.string().nullable(),
      payWithin: z.number().int().nullable(),
    }),
  ),
});

/** By its id, or by the reference its customer was told. */
export const MarkPaid = z
  .object({ paymentId: Id.optional(), reference: PaymentReference.optional(), reason: Text(200) })
  .refine(({ paymentId, reference }) => (paymentId === undefined) !== (reference === undefined), {
    path: ['paymentId'],
    message: 'Give either paymentId or reference.',
  });

export const ListPayments = z.object({
  organisationId: Id,
  eventId: Id.optional(),
  status: PaymentStatus.optional(),
  waitingFor: z.enum(['customer', 'provider', 'booking', 'staff']).optional(),
  /** Created at least so long ago. */
  olderThanSeconds: z.number().int().min(0).max(31_536_000).optional(),
  reference: PaymentReference.optional(),
  limit: z.number().int().min(1).max(100).default(20),
  /** The `next` of the page before. */
  after: Id.optional(),
});
/** A payment as staff sees it. `waitingSince`: when the system began to wait for that; `overdue`: its deadline has passed and it is not decided. */
export const StaffPayment = Payment.extend({
  userId: Id,
  seats: z.number().int(),
  waitingSince: Instant.nullable(),
  overdue: z.boolean(),
});
/** Newest first; `next` continues the list. */
export const StaffPaymentList = z.object({ payments: z.array(StaffPayment), next: Id.nullable() });

const sums = {
  /** Captured payments and refunds that are done. */
  payments: z.number().int(),
  refunds: z.number().int(),
  capturedMinor: z.number().int(),
  refundedMinor: z.number().int(),
  /** The part of the net that is service fee: captured ones minus those that went back. */
  feesMinor: z.number().int(),
  /** Captured minus refunded. */
  netMinor: z.number().int(),
};
/** Money of an event by the day it moved on, in the event's time zone, and by method. Every number is a sum of the same rows. */
export const EventStatement = z.object({
  eventId: Id,
  eventName: z.string(),
  currency: z.string(),
  timeZone: z.string(),
  asOf: Instant,
  total: z.object(sums),
  byMethod: z.array(z.object({ method: PaymentMethod, ...sums })),
  byDay: z.array(z.object({ day: z.iso.date(), method: PaymentMethod, ...sums })),
});

/** One movement that is not the same on both sides; null: that side does not know it. */
export const StatementDifference = z.object({
  what: z.enum(['missing-at-provider', 'missing-here', 'amount-differs', 'currency-differs']),
  kind: z.enum(['capture', 'refund']),
  provider: z.string(),
  paymentId: Id.nullable(),
  /** The charge, as the provider knows it. */
  charge: z.string(),
  /** Of a refund: the key it was asked with. */
  key: z.string().nullable(),
  oursMinor: z.number().int().nullable(),
  theirsMinor: z.number().int().nullable(),
});
/** The event's statement beside the provider's own list. `notCompared`: providers that keep no list we can read, and how much of ours went through them. */
export const StatementComparison = z.object({
  eventId: Id,
  asOf: Instant,
  compared: z.number().int(),
  differences: z.array(StatementDifference),
  notCompared: z.array(z.object({ provider: z.string(), movements: z.number().int() })),
});

/** How an event is paid, and what became of the money. Events are known here once they are published. */
export interface EventPaymentService {
  /** Managers. Takes the place of everything set before; payments that exist keep what they were created with. */
  setEventPayments: UseCase<typeof SetEventPayments, typeof EventPayments, User>;
  /** Box office. */
  getEventPayments: UseCase<typeof EventPaymentsRef, typeof EventPayments, User>;
  /** Anybody. */
  paymentMethodsOf: UseCase<typeof EventPaymentsRef, typeof PaymentMethods>;
  /** Box office: the money of a payment that waits for it is there. A second call answers the same. */
  markPaid: UseCase<typeof MarkPaid, typeof Payment, User>;
  /** Box office. */
  listPayments: UseCase<typeof ListPayments, typeof StaffPaymentList, User>;
  /** Managers. */
  eventStatement: UseCase<typeof EventPaymentsRef, typeof EventStatement, User>;
  /** Managers. Asks the providers; a difference has a name, an amount and the charge it is about. */
  compareStatement: UseCase<typeof EventPaymentsRef, typeof StatementComparison, User>;
}

const { refuses, user, anyone } = proceduresOver<{ payment: EventPaymentService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const eventPaymentProcedures = {
  setEventPayments: user.meta(rest('PUT /events/{eventId}/payment-settings', 'Say how an event is paid'))
    .concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'EVENT_CANCELLED', 'PAYMENT_SETTINGS_INVALID'))
    .input(SetEventPayments).output(EventPayments).mutation(({ ctx, input }) => ctx.payment.setEventPayments(input, ctx.caller)),
  getEventPayments: user.meta(rest('GET /events/{eventId}/payment-settings', 'How an event is paid')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(EventPaymentsRef).output(EventPayments).query(({ ctx, input }) => ctx.payment.getEventPayments(input, ctx.caller)),
  paymentMethodsOf: anyone.meta(rest('GET /events/{eventId}/payment-methods', 'How I can pay')).concat(refuses('EVENT_NOT_FOUND'))
    .input(EventPaymentsRef).output(PaymentMethods).query(({ ctx, input }) => ctx.payment.paymentMethodsOf(input, ctx.caller)),
  markPaid: user.meta(rest('POST /payments/mark-paid', 'The money of a payment is there'))
    .concat(refuses('PAYMENT_NOT_FOUND', 'ROLE_REQUIRED', 'PAYMENT_NOT_PENDING', 'PAYMENT_NOT_AWAITED'))
    .input(MarkPaid).output(Payment).mutation(({ ctx, input }) => ctx.payment.markPaid(input, ctx.caller)),
  listPayments: user.meta(rest('GET /organisations/{organisationId}/payments', 'Payments of an organisation, newest first'))
    .concat(refuses('ORGANISATION_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(ListPayments).output(StaffPaymentList).query(({ ctx, input }) => ctx.payment.listPayments(input, ctx.caller)),
  eventStatement: user.meta(rest('GET /events/{eventId}/statement', 'Money of an event per method and day')).concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(EventPaymentsRef).output(EventStatement).query(({ ctx, input }) => ctx.payment.eventStatement(input, ctx.caller)),
  compareStatement: user.meta(rest('GET /events/{eventId}/statement-comparison', 'The statement beside the provider’s list'))
    .concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'OVERLOADED'))
    .input(EventPaymentsRef).output(StatementComparison).query(({ ctx, input }) => ctx.payment.compareStatement(input, ctx.caller)),
};
