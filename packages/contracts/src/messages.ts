import { z } from 'zod';
import { EventStatus, SeatPrice } from './booking.ts';
import { Id, Instant, Text } from './values.ts';

/** One kind of message: its topic, its version, the key whose order matters, and its payload (ids and primitives, no personal data). */
export interface MessageType<P extends z.ZodType = z.ZodType> {
  topic: string;
  version: number;
  /** Partitions the topic is created with. */
  partitions: number;
  payload: P;
  /** The aggregate whose order is kept. */
  keyOf(payload: z.output<P>): string;
}
const message = <P extends z.ZodType>(topic: string, version: number, payload: P, keyOf: (payload: z.output<P>) => string): MessageType<P> => ({
  topic,
  version,
  partitions: 6,
  payload,
  keyOf,
});
const ofEvent = { organisationId: Id, eventId: Id };

/** An event was published, changed or cancelled: everything the others need to know about it. */
export const EventChanged = message(
  'event-changed',
  1,
  z.object({
    ...ofEvent,
    revision: z.number().int(),
    name: z.string(),
    venue: z.string(),
    startsAt: Instant,
    timeZone: z.string(),
    currency: z.string(),
    status: EventStatus,
  }),
  (fact) => fact.eventId,
);
/** Money is captured and the seats are sold. */
export const PaymentConfirmed = message(
  'payment-confirmed',
  1,
  z.object({
    ...ofEvent,
    paymentId: Id,
    reservationId: Id,
    userId: Id,
    amountMinor: z.number().int(),
    /** Of `amountMinor`: service fees on top of the seats' prices. */
    feeMinor: z.number().int().default(0),
    currency: z.string(),
    seats: z.array(SeatPrice),
  }),
  (fact) => fact.paymentId,
);
/** A payment that is paid by hand waits for its money: the seats are its own until `payUntil`. `reference` is what the customer names when paying. */
export const PaymentAwaited = message(
  'payment-awaited',
  1,
  z.object({
    ...ofEvent,
    paymentId: Id,
    reservationId: Id,
    userId: Id,
    amountMinor: z.number().int(),
    currency: z.string(),
    method: z.string(),
    reference: z.string(),
    payUntil: Instant,
    /** How to pay, in the organiser's words. */
    instructions: z.string().max(500).nullable(),
  }),
  (fact) => fact.paymentId,
);
/** A payment ended without tickets; `refunded` tells whether captured money went back. With `cancellationId` its customer is told by `cancellation-settled`. */
export const PaymentFailed = message(
  'payment-failed',
  1,
  z.object({
    ...ofEvent,
    paymentId: Id,
    reservationId: Id,
    userId: Id,
    reason: z.string(),
    refunded: z.boolean(),
    cancellationId: Id.nullable().default(null),
  }),
  (fact) => fact.paymentId,
);
/**
 * Captured money went back: for `seats`, whose tickets end; an `amount` of good will, and the tickets live on; or a `late-capture`, money found captured for a
 * payment that had FAILED. `feeMinor` is the part of `amountMinor` that is fees. With `cancellationId` the customer is told by `cancellation-settled`.
 */
export const PaymentRefunded = message(
  'payment-refunded',
  1,
  z.object({
    ...ofEvent,
    paymentId: Id,
    refundId: Id,
    userId: Id,
    amountMinor: z.number().int(),
    /** The part of `amountMinor` that is fees. */
    feeMinor: z.number().int().default(0),
    currency: z.string(),
    seatIds: z.array(Id),
    kind: z.enum(['seats', 'amount', 'late-capture']).default('seats'),
    /** The event cancellation this refund belongs to. */
    cancellationId: Id.nullable().default(null),
  }),
  (fact) => fact.paymentId,
);
/** All of a customer's orders of a cancelled event are dealt with: what went back, and what did not yet. `unpaidOrders` ended without ever being paid. */
export const CancellationSettled = message(
  'cancellation-settled',
  1,
  z.object({
    ...ofEvent,
    cancellationId: Id,
    userId: Id,
    amountMinor: z.number().int(),
    currency: z.string(),
    failedMinor: z.number().int(),
    unpaidOrders: z.number().int().default(0),
  }),
  (fact) => `${fact.cancellationId}:${fact.userId}`,
);
/**
 * Somebody acted for an organisation: who, what (a procedure: 'payment.refundOrder'), about which id, and why. `detail` says in a few words what the ids do
 * not; like the reason it is no place for personal data. Said in the transaction of the action by `staffActed` (packages/messaging).
 */
export const StaffActed = message(
  'staff-acted',
  1,
  z.object({
    organisationId: Id,
    eventId: Id.nullable(),
    userId: Id,
    action: z
      .string()
      .regex(/^[a-z]+\.[a-zA-Z]+$/)
      .max(80),
    subject: Text(200),
    reason: Text(200).nullable(),
    detail: Text(200).nullable().default(null),
    at: Instant,
  }),
  (fact) => fact.organisationId,
);
export const TicketCreated = message(
  'ticket-created',
  1,
  z.object({ ...ofEvent, ticketId: Id, paymentId: Id, seatId: Id, userId: Id, label: z.string(), ofTickets: z.number().int() }),
  (fact) => fact.paymentId,
);
export const TicketCancelled = message(
  'ticket-cancelled',
  1,
  z.object({ ...ofEvent, ticketId: Id, paymentId: Id, seatId: Id, userId: Id, reason: z.string() }),
  (fact) => fact.paymentId,
);
export const TicketCheckedIn = message(
  'ticket-checked-in',
  1,
  z.object({ ...ofEvent, ticketId: Id, seatId: Id, category: z.string(), gate: z.string(), at: Instant }),
  (fact) => fact.ticketId,
);
export const NotificationSent = message(
  'notification-sent',
  1,
  z.object({ notificationId: Id, kind: z.string(), userId: Id, channel: z.string(), causeId: Id }),
  (fact) => fact.notificationId,
);

/** Every topic of the installation. */
export const messageTypes = [
  EventChanged,
  PaymentAwaited,
  PaymentConfirmed,
  PaymentFailed,
  PaymentRefunded,
  CancellationSettled,
  TicketCreated,
  TicketCancelled,
  TicketCheckedIn,
  NotificationSent,
  StaffActed,
] as const;

/** What a message looks like on the wire. `id` is what an inbox remembers. */
export const Envelope = z.object({
  id: Id,
  type: z.string(),
  version: z.number().int(),
  key: z.string(),
  occurredAt: Instant,
  traceparent: z.string().nullable(),
  payload: z.unknown(),
});
export type Envelope = z.output<typeof Envelope>;
