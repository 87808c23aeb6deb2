import { z } from 'zod';
import type { User } from './caller.ts';
import { proceduresOver, rest, type UseCase } from './procedures.ts';
import { Id, Instant, Text } from './values.ts';

/** `withFees`: whether customers get the service fees back as well. */
export const PlanEventCancellation = z.object({ eventId: Id, withFees: z.boolean().default(true) });
/**
 * Why nobody but people can give this money back, or may have to. `by-hand`: no provider has it; `already-refunding`: refunds that were asked for before cover
 * all of it and are not done; `account-closed`: the provider's account it was paid to is not there; `capture-old`: it was paid so long ago that the provider
 * may decline, which is tried all the same.
 */
export const CannotRefund = z.enum(['by-hand', 'already-refunding', 'account-closed', 'capture-old']);
const ofOrders = { orders: z.number().int(), amountMinor: z.number().int() };
const figures = {
  /** Paid orders with money to give back, and their seats that were not refunded before. */
  orders: z.number().int(),
  seats: z.number().int(),
  /** What goes back; `feesMinor` is the part of it that is fees. */
  totalMinor: z.number().int(),
  feesMinor: z.number().int(),
  /** What went back of these orders before, or is on its way. */
  refundedBeforeMinor: z.number().int(),
  /** Orders that wait for their money: they end unpaid. */
  unpaidOrders: z.number().int(),
  currency: z.string(),
};
/** `cannotRefund` names at most 100 orders; `cannotRefundOrders` counts all. Starting needs `code`, within 15 minutes, by who asked for the plan. */
export const EventCancellationPlan = z.object({
  eventId: Id,
  withFees: z.boolean(),
  ...figures,
  perMethod: z.array(z.object({ method: z.string(), provider: z.string(), ...ofOrders, automatic: z.boolean() })),
  cannotRefund: z.array(z.object({ paymentId: Id, why: CannotRefund })),
  cannotRefundOrders: z.number().int(),
  code: z.string(),
  codeValidUntil: Instant,
});
/** The code as it was shown; case, spaces and hyphens do not matter. */
export const StartEventCancellation = z.object({ eventId: Id, code: z.string().trim().min(1).max(20), reason: Text(200) });
export const EventCancellationRef = z.object({ eventId: Id });
/** `declined`: the provider said no for good, retryRefund asks again; `by-hand`: pay it back, then settleRefundByHand; `fault`: ours, tried again by itself. */
export const WhyNotRefunded = z.enum(['declined', 'by-hand', 'fault']);
/** RUNNING until every order is refunded, failed or ended and every customer was told. Late payments are picked up also when it is DONE. */
export const EventCancellation = z.object({
  cancellationId: Id,
  eventId: Id,
  status: z.enum(['RUNNING', 'DONE']),
  withFees: z.boolean(),
  reason: z.string(),
  startedBy: Id,
  startedAt: Instant,
  doneAt: Instant.nullable(),
  /** Of these `refunded` have their money back, `ended` were never paid, `failed` wait for people, `waiting` are under way. */
  orders: z.number().int(),
  refunded: z.number().int(),
  ended: z.number().int(),
  failed: z.number().int(),
  waiting: z.number().int(),
  customers: z.number().int(),
  customersTold: z.number().int(),
  currency: z.string(),
  /** What this cancellation gives back so far: asked for, back, and waiting for people. */
  amountMinor: z.number().int(),
  refundedMinor: z.number().int(),
  failedMinor: z.number().int(),
  /** At most 100; retryRefund and settleRefundByHand take the refund's id. */
  failures: z.array(z.object({ paymentId: Id, refundId: Id.nullable(), amountMinor: z.number().int(), why: WhyNotRefunded })),
});

/** What the payment service promises about events that do not take place. */
export interface EventCancellationService {
  /** A dry run: what starting would give back, and the code that starting asks for. Moves no money; the event need not be cancelled yet. */
  planEventCancellation: UseCase<typeof PlanEventCancellation, typeof EventCancellationPlan, User>;
  /** Refunds every order of a cancelled event, used tickets too, in the background. A second call answers the same cancellation. */
  startEventCancellation: UseCase<typeof StartEventCancellation, typeof EventCancellation, User>;
  getEventCancellation: UseCase<typeof EventCancellationRef, typeof EventCancellation, User>;
}

const { refuses, user } = proceduresOver<{ payment: EventCancellationService }>();

// biome-ignore format: a router is a table of contents, three lines a procedure
export const eventCancellationProcedures = {
  planEventCancellation: user.meta(rest('POST /events/{eventId}/cancellation-plans', 'What refunding a whole event would give back'))
    .concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED'))
    .input(PlanEventCancellation).output(EventCancellationPlan).mutation(({ ctx, input }) => ctx.payment.planEventCancellation(input, ctx.caller)),
  startEventCancellation: user.meta(rest('POST /events/{eventId}/cancellation', 'Refund a whole event'))
    .concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'EVENT_NOT_CANCELLED', 'CANCELLATION_CODE_WRONG', 'CANCELLATION_PLAN_CHANGED'))
    .input(StartEventCancellation).output(EventCancellation).mutation(({ ctx, input }) => ctx.payment.startEventCancellation(input, ctx.caller)),
  getEventCancellation: user.meta(rest('GET /events/{eventId}/cancellation', 'How far refunding a whole event is'))
    .concat(refuses('EVENT_NOT_FOUND', 'ROLE_REQUIRED', 'CANCELLATION_NOT_STARTED'))
    .input(EventCancellationRef).output(EventCancellation).query(({ ctx, input }) => ctx.payment.getEventCancellation(input, ctx.caller)),
};
