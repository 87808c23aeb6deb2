import { PaymentAwaited, PaymentConfirmed, PaymentFailed } from '@boxoffice/contracts';
import { outboxChannel, type Said, saying } from '@boxoffice/messaging';
import { type Database, hintAfterCommit, type Tx } from '@boxoffice/postgres';
import { type Logger, newId } from '@boxoffice/service-kit';
import { backOffMs, type Heard, isOpen, keyOf, type Say } from './domain/payment.ts';
import { awaitedFact, confirmedFact, driveOn, failedFact, type Turn } from './drive.ts';
import { underWay } from './driving.ts';
import type { CountSettled } from './metrics.ts';
import type { Batches } from './persistence/batches.ts';
import type { KnownEvents } from './persistence/event-payments-cache.ts';
import { type Move, movePayment, postponePayment } from './persistence/move-payment.sql.ts';
import { closeRefund, oweRefund } from './persistence/refunds.sql.ts';
import type { Driven, Transaction } from './persistence/transaction.ts';
import type { Ask, PayWith } from './questions.ts';

export interface SettlementDeps {
  db: Database;
  batches: Batches;
  events: KnownEvents;
  ask: Ask;
  logger: Logger;
  countSettled: CountSettled;
  /** How long one question may keep a payment to its driver, in milliseconds; longer than any deadline. */
  leaseMs: number;
  /** After how long "never seen" is believed of an authorisation, in milliseconds. */
  absentAfterMs: number;
}

/** The one way a payment moves on, whoever drives it: its customer's call or the reconciler. */
export interface Settlement {
  /**
   * Asks, writes, asks the next until the payment is decided or waits for its money, and answers it as it was written; undefined when somebody must be waited for, or another
   * driver has it. Faults are logged, never thrown.
   */
  drive(driven: Driven, payWith?: PayWith): Promise<Transaction | undefined>;
  /** Resolves when nobody is being driven any more. */
  idle(): Promise<void>;
}

/** See Settlement. Drives are remembered until they end, so that a stopping process can wait for them. */
export function createSettlement(deps: SettlementDeps): Settlement {
  const { keep, idle } = underWay();
  const run = async (driven: Driven, payWith: PayWith | undefined) => {
    const { id: paymentId } = driven.payment;
    try {
      const end = await driveOn(
        { ask: deps.ask, write: (from, turn) => write(deps, from, turn), absentAfterMs: deps.absentAfterMs },
        driven,
        payWith,
      );
      if (!end) return undefined;
      if (end.step === 'SETTLED') deps.countSettled(end.status);
      const told = { paymentId, status: end.status, reason: end.failureReason };
      deps.logger.info(told, end.step === 'SETTLED' ? 'payment settled' : 'payment waits for its money');
      return end;
    } catch (error) {
      deps.logger.error({ err: error, paymentId }, 'a payment could not be driven; the reconciler goes on when its lease ends');
      return undefined;
    }
  };
  return {
    drive: (driven, payWith) => keep(run(driven, payWith)),
    idle,
  };
}

/** Writes what was heard. The next question is written in the same transaction, before anybody asks it. Undefined ends this drive. */
async function write(deps: SettlementDeps, driven: Driven, { heard, decision, answer }: Turn): Promise<Driven | undefined> {
  if (decision === 'wait') return postpone(deps, driven, { heard, answer });
  const { next, say } = decision;
  const { payment } = driven;
  const move: Move = {
    ...{ driven, next, answer, leaseMs: deps.leaseMs, reference: referenceIn(heard) },
    key: isOpen(next.step) ? keyOf(payment.id, next.step) : null,
    said: say ? await factOf(deps, say, { ...payment, captured: next.captured, failureReason: next.failure }) : undefined,
  };
  return payment.step === 'REFUNDING' || next.step === 'REFUNDING' ? moveWithRefund(deps, move) : deps.batches.move(move);
}

async function postpone({ db, logger }: SettlementDeps, driven: Driven, { heard, answer }: Pick<Turn, 'heard' | 'answer'>): Promise<undefined> {
  const { id: paymentId, step, attempts } = driven.payment;
  const againInMs = backOffMs(attempts, Math.random());
  await db.transaction((tx) => postponePayment(tx, driven, { answer, againInMs, actionUrl: actionUrlIn(heard) }));
  // Money we owe and cannot give back needs a person to look; everything else is only late.
  logger[step === 'REFUNDING' ? 'error' : 'info']({ paymentId, step, answer, againInMs }, 'no decision yet');
}

/** Money that goes back is written into the book of refunds with the step. Undefined: another driver has it, and its answers count. */
const moveWithRefund = ({ db }: SettlementDeps, move: Move): Promise<Driven | undefined> =>
  db.transaction(async (tx) => {
    const moved = await movePayment(tx, move);
    if (!moved) return undefined;
    await keepRefundBook(tx, move.driven.payment, moved.payment);
    if (move.said) hintAfterCommit(tx, outboxChannel);
    return moved;
  });

/** Where the customer is asked something now; undefined when nobody knows. */
const actionUrlIn = ({ said }: Heard) => (said.kind === 'pending' ? (said.actionUrl ?? null) : said.kind === 'unknown' ? undefined : null);

const referenceIn = ({ said }: Heard) => (said.kind === 'approved' ? said.reference : undefined);

async function keepRefundBook(tx: Tx, before: Transaction, after: Transaction): Promise<void> {
  const key = keyOf(after.id, 'REFUNDING');
  if (after.step === 'REFUNDING') await oweRefund(tx, { id: newId(), key, payment: after, reason: after.failureReason ?? 'unknown' });
  if (before.step === 'REFUNDING') await closeRefund(tx, key);
}

async function factOf({ events }: SettlementDeps, say: Say, payment: Transaction): Promise<Said> {
  if (say === 'confirmed') return saying(PaymentConfirmed, confirmedFact(payment));
  if (say === 'failed') return saying(PaymentFailed, failedFact(payment));
  const { settings } = await events.of(payment.eventId);
  return saying(PaymentAwaited, awaitedFact(payment, payment.method === 'bank-transfer' ? (settings.bankTransfer?.instructions ?? null) : null));
}
