import { type Decision, decide, type Heard, isOpen, progressOf } from './domain/payment.ts';
import type { Driven, Transaction } from './persistence/transaction.ts';
import type { Ask, OpenPayment, PayWith } from './questions.ts';

export type { Driven, Transaction };

/** One answer and what follows from it. `answer` is its text for the log of steps. */
export type Turn = { heard: Heard; decision: Decision; answer: string };

/** Where a drive reads and writes; the rest of it is pure, so that the simulation drives by the same code over books in memory. */
export interface Books {
  ask: Ask;
  /** Writes the turn, the next question and the fact that leaves, all or nothing, if this driver still has the payment. Undefined ends the drive. */
  write(driven: Driven, turn: Turn): Promise<Driven | undefined>;
  /** After how long "never seen" is believed of an authorisation, in milliseconds. */
  absentAfterMs: number;
}

/** Asks, writes, asks the next. Answers the payment when it is settled, or waits for its money; undefined when it was left to somebody else or to a later time. */
export async function driveOn({ ask, write, absentAfterMs }: Books, start: Driven, payWith: PayWith | undefined): Promise<Transaction | undefined> {
  let driven: Driven | undefined = start;
  while (driven && hasQuestion(driven.payment)) {
    const { payment, askedAt: now } = driven;
    const heard: Heard = await ask(driven.payment, payWith);
    const { stepSince, payUntil } = payment;
    const decision = decide(progressOf(payment), heard, { now, stepSince, payUntil, absentAfterMs });
    driven = await write(driven, { heard, decision, answer: answerText(heard) });
  }
  return driven?.payment;
}

const hasQuestion = (payment: Transaction): payment is OpenPayment => isOpen(payment.step);

/** What was heard, for the log of steps. */
export const answerText = ({ said }: { said: { kind: string; reason?: string } }) =>
  said.kind === 'declined' ? `declined: ${said.reason}` : said.kind;

const namesOf = ({ id: paymentId, reservationId, organisationId, eventId, userId }: Transaction) => {
  return { organisationId, eventId, paymentId, reservationId, userId };
};

/** What `payment-confirmed` says of a payment. */
export const confirmedFact = (payment: Transaction) => {
  const { amountMinor, feeMinor, currency, seats } = payment;
  return { ...namesOf(payment), amountMinor, feeMinor, currency, seats };
};

/** What `payment-awaited` says of a payment; `instructions`: how to pay, in the organiser's words. */
export const awaitedFact = (payment: Transaction, instructions: string | null) => {
  const { amountMinor, currency, method, reference, payUntil } = payment;
  if (!reference) throw new Error(`payment ${payment.id} waits for money without a reference`);
  return { ...namesOf(payment), amountMinor, currency, method, reference, payUntil, instructions };
};

/** What `payment-failed` says of a payment. */
export const failedFact = (payment: Transaction) => ({
  ...namesOf(payment),
  reason: payment.failureReason ?? 'unknown',
  cancellationId: payment.cancellationId,
  refunded: payment.captured,
});
