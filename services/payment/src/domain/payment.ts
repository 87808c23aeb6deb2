import { type PaymentMethod, type PaymentStatus, Refusal } from '@boxoffice/contracts';
import type { z } from 'zod';

export type Status = z.output<typeof PaymentStatus>;

/** The question that is open: who is asked what. SETTLED: nobody, the status is final. */
export type Step =
  | 'CREATED' // the customer has not paid yet
  | 'AUTHORISING' // provider: reserve the money
  | 'CONFIRMING_SEATS' // booking: sell the seats to this payment
  | 'AWAITING_MONEY' // staff: the seats are sold to it, the money comes by hand
  | 'CAPTURING' // provider: take the money
  | 'VOIDING' // provider: let reserved money go
  | 'REFUNDING' // provider: give taken money back
  | 'RETURNING_SEATS' // booking: seats sold to this payment go back on sale
  | 'RELEASING_SEATS' // booking: the reservation ends
  | 'SETTLED';
/** A step that asks somebody outside. */
export type OpenStep = Exclude<Step, 'CREATED' | 'AWAITING_MONEY' | 'SETTLED'>;

/** Why the bank said no, in the words every provider is translated to. */
export type DeclineReason = 'card-declined' | 'insufficient-funds' | 'voided' | 'captured-already';
/** Why a payment ended without tickets. */
export type FailureReason =
  | Exclude<DeclineReason, 'captured-already'>
  | 'seats-gone'
  | 'paid-already'
  | 'capture-failed'
  | 'not-answered'
  | 'not-paid'
  | 'event-cancelled';

const failureWords: Record<FailureReason, string> = {
  'card-declined': 'The card was declined.',
  'insufficient-funds': 'The card was declined: not enough money in the account.',
  voided: 'The payment was stopped before it was completed.',
  'seats-gone': 'The seats went to somebody else before the payment arrived.',
  'paid-already': 'Another payment has paid for these seats.',
  'capture-failed': 'The bank approved the payment but did not pay.',
  'not-answered': 'The payment provider never answered; nothing was charged.',
  'not-paid': 'The money did not come in time, or nobody waits for it any more; the seats went back on sale.',
  'event-cancelled': 'The event was cancelled before the money came; nobody waits for it any more.',
};

/** Where a payment stands. `captured`: the provider took the money; a FAILED payment that was captured has been refunded. */
export interface Progress {
  method: PaymentMethod;
  status: Status;
  step: Step;
  captured: boolean;
  failure: FailureReason | null;
}

/** Whether money captured for this payment now would be nobody's. What was captured and failed has been refunded by its own steps. */
export const mayHaveLateMoney = ({ status, captured }: Pick<Progress, 'status' | 'captured'>): boolean =>
  (status === 'FAILED' || status === 'CANCELLED') && !captured;

/** The part of a payment's row that decisions are about. */
export const progressOf = (
  row: Pick<Progress, 'method' | 'status' | 'step' | 'captured'> & { failureReason?: FailureReason | null | undefined },
): Progress => ({
  method: row.method,
  status: row.status,
  step: row.step,
  captured: row.captured,
  failure: row.failureReason ?? null,
});

/** What the provider said, or did not say. */
export type ProviderAnswer =
  | { kind: 'approved'; reference?: string | undefined; captured?: boolean | undefined }
  | { kind: 'declined'; reason: DeclineReason }
  | { kind: 'pending'; actionUrl?: string | undefined } // it knows the request and has not decided; where the customer is asked something
  | { kind: 'absent' } // it has never seen the request
  | { kind: 'unknown' }; // no answer: neither yes nor no
/** What booking said about the seats. `done`: they are released or returned, now or before. */
export type SeatsAnswer = { kind: 'confirmed' } | { kind: 'other' } | { kind: 'gone' } | { kind: 'done' } | { kind: 'unknown' };
export type Heard = { from: 'provider'; said: ProviderAnswer } | { from: 'booking'; said: SeatsAnswer };

/** The times a decision may depend on; all by the database's clock. */
export interface Moment {
  now: Date;
  /** When the open step was asked for the first time. */
  stepSince: Date;
  payUntil: Date;
  /** How long a request may travel before "never seen it" is believed. */
  absentAfterMs: number;
}

/** `wait`: ask again later with the same key. Otherwise where the payment stands now and which fact leaves with it. */
export type Decision = 'wait' | { next: Progress; say: Say | null };
export type Say = 'awaited' | 'confirmed' | 'failed';

/** Who answers each open step. */
export const asked: Record<OpenStep, 'provider' | 'booking'> = {
  AUTHORISING: 'provider',
  CONFIRMING_SEATS: 'booking',
  CAPTURING: 'provider',
  VOIDING: 'provider',
  REFUNDING: 'provider',
  RETURNING_SEATS: 'booking',
  RELEASING_SEATS: 'booking',
};

/** The provider's idempotency key of a step: the same payment and step is the same request, however often it is sent. */
export const keyOf = (paymentId: string, step: OpenStep): string => `${paymentId}:${step.toLowerCase().replaceAll('_', '-')}`;

const startsWithId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=:)/;
/** The payment a key of `keyOf` belongs to; undefined for a name that was not given here. */
export const paymentOf = (key: string): string | undefined => startsWithId.exec(key)?.[0];

/** Whether somebody outside is being asked. */
export const isOpen = (step: Step): step is OpenStep => step !== 'CREATED' && step !== 'AWAITING_MONEY' && step !== 'SETTLED';

/** Whether the money goes from hand to hand: no provider is asked about it. */
export const isByHand = (method: PaymentMethod): boolean => method !== 'online';

/** What a customer waits for. */
export function waitingFor(step: Step): 'customer' | 'provider' | 'booking' | 'staff' | null {
  if (step === 'CREATED') return 'customer';
  if (step === 'AWAITING_MONEY') return 'staff';
  return isOpen(step) ? asked[step] : null;
}

/** Why it failed, for people. */
export const wordsFor = (failure: FailureReason): string => failureWords[failure];

const goTo = (from: Progress, step: OpenStep, change: Partial<Progress> = {}): Exclude<Decision, 'wait'> => ({
  next: { ...from, ...change, step },
  say: null,
});
const confirmed = (from: Progress): Exclude<Decision, 'wait'> => ({
  next: { ...from, status: 'CONFIRMED', step: 'SETTLED', captured: true, failure: null },
  say: 'confirmed',
});
const failed = (from: Progress): Decision => ({ next: { ...from, status: 'FAILED', step: 'SETTLED' }, say: 'failed' });

/** What follows from an answer. Pure: the same payment, answer and moment decide the same. Throws on an answer nobody could give. */
export function decide(from: Progress, heard: Heard, moment: Moment): Decision {
  const { step } = from;
  if (!isOpen(step) || asked[step] !== heard.from) throw new Error(`a payment that is ${step} does not listen to ${heard.from}`);
  if (heard.said.kind === 'unknown') return 'wait';
  return heard.from === 'provider' ? afterProvider(from, heard.said, moment) : afterBooking(from, heard.said);
}

function afterProvider(from: Progress, said: ProviderAnswer, moment: Moment): Decision {
  switch (from.step) {
    case 'AUTHORISING':
      return afterAuthorise(from, said, moment);
    case 'CAPTURING':
      if (said.kind === 'approved') return confirmed(from);
      // Money first, seats after: the authorisation is let go before the seats are sold again.
      return said.kind === 'declined' ? goTo(from, 'VOIDING', { failure: 'capture-failed' }) : 'wait';
    case 'VOIDING':
      return afterVoid(from, said);
    case 'REFUNDING':
      // Retried until the money is back; a "no" to a refund is for people to look at, not an end.
      if (said.kind !== 'approved') return 'wait';
      return from.failure === 'seats-gone' ? goTo(from, 'RELEASING_SEATS') : failed(from);
    default:
      throw new Error(`the provider is not asked while ${from.step}`);
  }
}

function afterAuthorise(from: Progress, said: ProviderAnswer, { now, stepSince, payUntil, absentAfterMs }: Moment): Decision {
  switch (said.kind) {
    case 'approved':
      return goTo(from, 'CONFIRMING_SEATS', { captured: said.captured === true });
    case 'declined':
      return goTo(from, 'RELEASING_SEATS', { failure: said.reason === 'captured-already' ? 'card-declined' : said.reason });
    // The void closes the key: a request that still travels, or a decision that comes later, finds it shut.
    case 'absent':
      return now.getTime() - stepSince.getTime() >= absentAfterMs ? goTo(from, 'VOIDING', { failure: 'not-answered' }) : 'wait';
    case 'pending':
      return now >= payUntil ? goTo(from, 'VOIDING', { failure: 'not-answered' }) : 'wait';
    case 'unknown':
      return 'wait';
    default:
      return said satisfies never;
  }
}

function afterVoid(from: Progress, said: ProviderAnswer): Decision {
  if (said.kind === 'approved') {
    if (from.failure === 'capture-failed') return goTo(from, 'RETURNING_SEATS');
    // Sold to another payment of this reservation: there is nothing left to release.
    return from.failure === 'paid-already' ? failed(from) : goTo(from, 'RELEASING_SEATS');
  }
  if (said.kind !== 'declined' || said.reason !== 'captured-already') return 'wait';
  switch (from.failure) {
    case 'capture-failed': // the capture did happen, and the seats are still ours
      return confirmed(from);
    case 'not-answered': // decided between our two questions: it is paid, so ask for the seats
      return goTo(from, 'CONFIRMING_SEATS', { captured: true, failure: null });
    default:
      return goTo(from, 'REFUNDING', { captured: true });
  }
}

function afterBooking(from: Progress, said: SeatsAnswer): Decision {
  const { step } = from;
  if (step === 'CONFIRMING_SEATS') {
    if (isByHand(from.method)) return afterSeatsByHand(from, said);
    const giveBack = from.captured ? 'REFUNDING' : 'VOIDING';
    if (said.kind === 'confirmed') return from.captured ? confirmed(from) : goTo(from, 'CAPTURING');
    if (said.kind === 'other') return goTo(from, giveBack, { failure: 'paid-already' });
    if (said.kind === 'gone') return goTo(from, giveBack, { failure: 'seats-gone' });
  } else if (said.kind === 'done') {
    // A ConfirmSeat of a driver that was long asleep may have come through before the release shut the door: what it sold is nobody's, so back with it.
    return step === 'RELEASING_SEATS' && from.failure === 'seats-gone' ? goTo(from, 'RETURNING_SEATS') : failed(from);
  }
  throw new Error(`booking cannot answer ${said.kind} while ${step}`);
}

/** No money has moved: without seats there is nothing to give back. */
function afterSeatsByHand(from: Progress, said: SeatsAnswer): Decision {
  if (said.kind === 'confirmed') return { next: { ...from, step: 'AWAITING_MONEY' }, say: 'awaited' };
  if (said.kind === 'other') return failed({ ...from, failure: 'paid-already' });
  if (said.kind === 'gone') return goTo(from, 'RELEASING_SEATS', { failure: 'seats-gone' });
  throw new Error(`booking cannot answer ${said.kind} while ${from.step}`);
}

/** What follows for a payment that waits for its money: staff saw it, nobody waits any longer, or there is nothing to pay for. Throws when the payment does not wait for money. */
export function afterAwaiting(from: Progress, came: 'money' | 'nothing' | 'cancellation'): Exclude<Decision, 'wait'> {
  if (from.step !== 'AWAITING_MONEY') throw new Error(`a payment that is ${from.step} does not wait for money`);
  if (came === 'money') return confirmed(from);
  return goTo(from, 'RETURNING_SEATS', { failure: came === 'nothing' ? 'not-paid' : 'event-cancelled' });
}

/** The "no" a failed, cancelled or refunded payment is to somebody who wants to pay it; nothing while it is open or confirmed. */
export function refusalOf(paymentId: string, { status, failure }: Progress): Refusal | undefined {
  if (status === 'CANCELLED' || status === 'REFUNDED') return new Refusal('PAYMENT_NOT_PENDING', { status });
  if (status !== 'FAILED') return undefined;
  if (failure === 'not-paid' || failure === 'event-cancelled') return new Refusal('PAYMENT_NOT_PENDING', { status });
  if (failure === 'seats-gone' || failure === 'paid-already') return new Refusal('SEATS_GONE', { paymentId });
  return new Refusal('PAYMENT_DECLINED', { reason: failure ?? 'card-declined' });
}

/** How long to wait before asking again: doubles from 1 s to 60 s, spread by ± 25 % (`random` in 0..1) so that a herd does not return together. */
export const backOffMs = (attempts: number, random: number): number =>
  Math.round(Math.min(60_000, 1_000 * 2 ** Math.min(attempts, 6)) * (0.75 + random / 2));
