import { type TRPCDefaultErrorShape, TRPCError } from '@trpc/server';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { z } from 'zod';
import { Role } from './caller.ts';
import { Id, Instant } from './values.ts';

const refusal = <D extends z.ZodType>(status: TRPC_ERROR_CODE_KEY, message: string, details: D) => ({ status, message, details });
const none = z.object({});
const seats = z.object({ seatIds: z.array(Id) });
const wait = z.object({ retryAfterSeconds: z.number().int().min(1) });
const fault = z.object({ path: z.string(), message: z.string() });

/** Every answer that is a "no" and not a bug: code → status, words, details. Codes are promises: add, never rename. */
export const refusals = {
  // everywhere
  RATE_LIMITED: refusal('TOO_MANY_REQUESTS', 'Too many requests: wait and try again.', wait),
  OVERLOADED: refusal('SERVICE_UNAVAILABLE', 'Too busy right now: try again in a moment.', wait),
  IDEMPOTENCY_KEY_REUSED: refusal('UNPROCESSABLE_CONTENT', 'This idempotency key was used for another request: use a new key.', none),
  ROLE_REQUIRED: refusal('FORBIDDEN', 'Your role in this organisation does not allow this.', z.object({ role: Role })),
  // identity
  EMAIL_ALREADY_REGISTERED: refusal('CONFLICT', 'There is an account for this e-mail address: log in instead.', none),
  INVALID_CREDENTIALS: refusal('UNAUTHORIZED', 'E-mail address or password is wrong.', none),
  SESSION_EXPIRED: refusal('UNAUTHORIZED', 'This session has ended: log in again.', none),
  ORGANISATION_CREATION_CLOSED: refusal(
    'FORBIDDEN',
    'This installation does not let new organisations register: ask its owner for an invitation.',
    none,
  ),
  ORGANISATION_NOT_FOUND: refusal('NOT_FOUND', 'There is no such organisation.', none),
  ACCOUNT_NOT_FOUND: refusal('NOT_FOUND', 'There is no account for this e-mail address.', none),
  // booking: plans and events
  SEATING_PLAN_INVALID: refusal('BAD_REQUEST', 'The seating plan has faults.', z.object({ faults: z.array(fault) })),
  SEATING_PLAN_TOO_LARGE: refusal('PAYLOAD_TOO_LARGE', 'The seating plan file is too large.', z.object({ maxBytes: z.number().int() })),
  SEATING_PLAN_NOT_FOUND: refusal('NOT_FOUND', 'There is no such seating plan.', none),
  EVENT_NOT_FOUND: refusal('NOT_FOUND', 'There is no such event.', none),
  EVENT_INVALID: refusal('BAD_REQUEST', 'The event does not fit its seating plan or its dates.', z.object({ faults: z.array(fault) })),
  EVENT_NOT_DRAFT: refusal('CONFLICT', 'Only a draft event can be published.', z.object({ status: z.string() })),
  EVENT_CANCELLED: refusal('CONFLICT', 'This event is cancelled.', none),
  ON_SALE_CLOSED: refusal('PRECONDITION_FAILED', 'This event is not on sale now.', z.object({ onSaleFrom: Instant, onSaleUntil: Instant })),
  // booking: seats
  SEAT_ALREADY_HELD: refusal('CONFLICT', 'Another customer holds these seats.', seats),
  SEAT_SOLD: refusal('CONFLICT', 'These seats are sold.', seats),
  SEAT_BLOCKED: refusal('CONFLICT', 'These seats are not for sale.', seats),
  SEAT_UNKNOWN: refusal('NOT_FOUND', 'There are no such seats.', seats),
  SEAT_OF_ANOTHER_EVENT: refusal('UNPROCESSABLE_CONTENT', 'These seats belong to another event.', seats),
  NO_SEATS_TOGETHER: refusal(
    'CONFLICT',
    'There are not that many free seats side by side.',
    // `most`: the largest smaller group that the same wish could have had at that moment; 0: none at all.
    z.object({ quantity: z.number().int(), most: z.number().int() }),
  ),
  CATEGORY_UNKNOWN: refusal('NOT_FOUND', 'This event has no such category.', z.object({ category: z.string() })),
  SEAT_LIMIT_EXCEEDED: refusal(
    'UNPROCESSABLE_CONTENT',
    'That is more seats than one customer may have for this event.',
    z.object({ limit: z.number().int(), taken: z.number().int() }),
  ),
  ADMISSION_SOLD_OUT: refusal(
    'CONFLICT',
    'There are not that many places left in this area.',
    z.object({ area: z.string(), free: z.number().int() }),
  ),
  ADMISSION_AREA_UNKNOWN: refusal('NOT_FOUND', 'This event has no such area.', z.object({ area: z.string() })),
  RESERVATION_NOT_FOUND: refusal('NOT_FOUND', 'There is no such reservation.', none),
  RESERVATION_EXPIRED: refusal('CONFLICT', 'The time to pay is over: hold the seats again.', none),
  RESERVATION_NOT_HELD: refusal('CONFLICT', 'This reservation is not waiting for payment.', z.object({ status: z.string() })),
  // payment
  PAYMENT_NOT_FOUND: refusal('NOT_FOUND', 'There is no such payment.', none),
  PAYMENT_ALREADY_PENDING: refusal('CONFLICT', 'This reservation has a payment that is not decided yet.', z.object({ paymentId: Id })),
  PAYMENT_NOT_PENDING: refusal('CONFLICT', 'This payment is decided already.', z.object({ status: z.string() })),
  PAYMENT_DECLINED: refusal('PAYMENT_REQUIRED', 'The payment was declined: try another card.', z.object({ reason: z.string() })),
  PAYMENT_NOT_AWAITED: refusal(
    'CONFLICT',
    'Nobody waits for the money of this payment: its customer has not confirmed it, or pays online.',
    z.object({ method: z.string() }),
  ),
  METHOD_NOT_OFFERED: refusal(
    'UNPROCESSABLE_CONTENT',
    'This cannot be paid that way: choose one of the methods that are offered.',
    z.object({ methods: z.array(z.string()) }),
  ),
  TOO_MANY_UNPAID: refusal(
    'CONFLICT',
    'You have payments for this event that wait for their money: pay or cancel them first.',
    z.object({ limit: z.number().int() }),
  ),
  PAYMENT_SETTINGS_INVALID: refusal(
    'BAD_REQUEST',
    'These payment settings contradict each other or the event.',
    z.object({ faults: z.array(fault) }),
  ),
  SEATS_GONE: refusal('CONFLICT', 'The seats went to somebody else before the payment arrived; nothing is charged.', z.object({ paymentId: Id })),
  TEST_CARD_UNKNOWN: refusal('BAD_REQUEST', 'The test provider knows only its documented test cards.', z.object({ cards: z.array(z.string()) })),
  // payment: refunds
  PAYMENT_NOT_CONFIRMED: refusal('CONFLICT', 'Only a payment that was completed can be refunded.', z.object({ status: z.string() })),
  ALREADY_REFUNDED: refusal('CONFLICT', 'These seats are refunded already, or a refund of them is under way.', seats),
  REFUND_TOO_MUCH: refusal('UNPROCESSABLE_CONTENT', 'That is more than what is left of this payment.', z.object({ leftMinor: z.number().int() })),
  SEATS_NOT_OF_ORDER: refusal('UNPROCESSABLE_CONTENT', 'These seats do not belong to this order.', seats),
  CANCELLATION_CLOSED: refusal('CONFLICT', 'This order cannot be cancelled (any more).', z.object({ until: Instant.nullable() })),
  REFUND_NOT_FOUND: refusal('NOT_FOUND', 'There is no such refund.', none),
  REFUND_NOT_FAILED: refusal('CONFLICT', 'This refund does not wait for anybody here.', z.object({ status: z.string() })),
  PAYMENT_METHOD_MISSING: refusal('BAD_REQUEST', 'Say what you pay with: a card, or a payment method of the provider.', none),
  PAYMENT_METHOD_NOT_ACCEPTED: refusal('UNPROCESSABLE_CONTENT', 'This payment cannot be paid with that.', z.object({ provider: z.string() })),
  CURRENCY_NOT_SUPPORTED: refusal(
    'UNPROCESSABLE_CONTENT',
    'The payment provider does not take this amount in this currency.',
    z.object({ provider: z.string(), currency: z.string() }),
  ),
  PAYMENTS_NOT_SET_UP: refusal('PRECONDITION_FAILED', 'This organiser cannot take payments yet.', none),
  // payment: accounts at providers
  PAYMENT_ACCOUNT_NOT_FOUND: refusal('NOT_FOUND', 'There is no such payment account.', none),
  PAYMENT_ACCOUNT_CLOSED: refusal('CONFLICT', 'This payment account is closed.', none),
  PAYMENT_ACCOUNTS_OFF: refusal(
    'PRECONDITION_FAILED',
    'This installation cannot keep payment accounts: whoever runs it must set PAYMENT_SECRETS_KEYS and PAYMENT_SECRETS_KEY_ID.',
    none,
  ),
  PROVIDER_UNREACHABLE: refusal('SERVICE_UNAVAILABLE', 'The payment provider does not answer: try again in a moment.', wait),
  PROVIDER_KEY_REFUSED: refusal('UNPROCESSABLE_CONTENT', 'The payment provider does not know this key, or does not let it do enough.', none),
  // payment: event cancellations
  EVENT_NOT_CANCELLED: refusal(
    'CONFLICT',
    'This event still takes place: cancel it first (booking.cancelEvent), then try again in a few seconds.',
    z.object({ status: z.string() }),
  ),
  CANCELLATION_CODE_WRONG: refusal('UNPROCESSABLE_CONTENT', 'This code is not yours, not of this event, or too old: ask for a new plan.', none),
  CANCELLATION_PLAN_CHANGED: refusal(
    'CONFLICT',
    'The plan has changed since the code was given: look at the new figures and ask for a new plan.',
    // The figures of an EventCancellationPlan.
    z.object({
      orders: z.number().int(),
      seats: z.number().int(),
      totalMinor: z.number().int(),
      feesMinor: z.number().int(),
      refundedBeforeMinor: z.number().int(),
      unpaidOrders: z.number().int(),
      currency: z.string(),
    }),
  ),
  CANCELLATION_NOT_STARTED: refusal('NOT_FOUND', 'Nobody has started to refund this event.', none),
  // ticketing
  TICKET_NOT_FOUND: refusal('NOT_FOUND', 'There is no such ticket.', none),
  TICKET_FORGED: refusal(
    'BAD_REQUEST',
    'This code is not one of our tickets.',
    z.object({ reason: z.enum(['unreadable', 'signature', 'unknown-key', 'unknown-ticket', 'superseded']) }),
  ),
  TICKET_OF_ANOTHER_EVENT: refusal('UNPROCESSABLE_CONTENT', 'This ticket is for another event.', z.object({ eventName: z.string().nullable() })),
  TICKETS_NOT_READY: refusal('CONFLICT', 'This payment has no tickets to send: they are not made yet, or their money went back.', none),
  TICKET_CANCELLED: refusal('CONFLICT', 'This ticket was cancelled.', z.object({ reason: z.string() })),
  TICKET_ALREADY_USED: refusal('CONFLICT', 'This ticket was checked in before.', z.object({ usedAt: Instant, gate: z.string() })),
};
export type RefusalCode = keyof typeof refusals;
export type RefusalDetails<C extends RefusalCode> = z.input<(typeof refusals)[C]['details']>;
export type RefusalData<C extends RefusalCode = RefusalCode> = { [K in C]: { code: K; details: z.output<(typeof refusals)[K]['details']> } }[C];

/** A catalogued "no", thrown by use cases and re-thrown unchanged when a remote service said it. */
export class Refusal<C extends RefusalCode = RefusalCode> extends TRPCError {
  readonly refusal: RefusalData<C>;
  /** `told` is for a "no" that came over the wire, perhaps from a newer catalogue than ours. */
  constructor(code: C, details: RefusalDetails<C>, told?: { status: TRPC_ERROR_CODE_KEY; message: string }) {
    // An answer, not a fault: nobody reads its stack, and collecting it is a tenth of what a refusal costs.
    const frames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super({ code: told?.status ?? refusals[code].status, message: told?.message ?? refusals[code].message });
    Error.stackTraceLimit = frames;
    this.refusal = { code, details: wireOf(details) } as RefusalData<C>;
  }
}

/** Details as the wire tells them: Dates as ISO text. */
const wireOf = (details: object): unknown => JSON.parse(JSON.stringify(details));

/** Was this "no" said? For code that handles one refusal of another service and passes the rest on. */
export const isRefusal = <C extends RefusalCode>(error: unknown, ...codes: C[]): error is Refusal<C> =>
  error instanceof Refusal && (codes.length === 0 || codes.includes(error.refusal.code as C));

type Shape<C extends RefusalCode> = TRPCDefaultErrorShape & { data: { refusal: RefusalData<C> } };
type Issue = { path: string; message: string };
type PlainShape = TRPCDefaultErrorShape & { data: { refusal?: undefined; issues?: Issue[] | undefined } };
type Failure = { error: TRPCError; shape: TRPCDefaultErrorShape };
const withRefusal = ({ error, shape }: Failure) =>
  error instanceof Refusal ? { ...shape, data: { ...shape.data, refusal: error.refusal } } : undefined;

/** For `.errors()`: the refusals this procedure promises, so that clients see exactly these codes. */
export const mayRefuse =
  <C extends RefusalCode>(...codes: C[]) =>
  (failure: Failure): Shape<C> | undefined =>
    failure.error instanceof Refusal && codes.includes(failure.error.refusal.code as C) ? (withRefusal(failure) as Shape<C>) : undefined;

/** Everything else: bad input names its fields, a bug tells nothing. */
export function formatError(failure: Failure): PlainShape {
  const { error, shape } = failure;
  if (error instanceof Refusal) return withRefusal(failure) as unknown as PlainShape; // undeclared: still told, but untyped
  if (error.code === 'BAD_REQUEST' && error.cause instanceof z.core.$ZodError) {
    const issues = error.cause.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    return { ...shape, message: 'Invalid input.', data: { ...shape.data, issues } };
  }
  return error.code === 'INTERNAL_SERVER_ERROR' ? { ...shape, message: 'Internal error.' } : shape;
}
