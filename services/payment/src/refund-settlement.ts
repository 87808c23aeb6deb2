import { PaymentRefunded } from '@boxoffice/contracts';
import { outbox } from '@boxoffice/messaging';
import type { Database, Tx } from '@boxoffice/postgres';
import type { Logger } from '@boxoffice/service-kit';
import { backOffMs } from './domain/payment.ts';
import { decideRefund, isOpenRefund, type RefundDecision, type RefundHeard, type RefundProgress, refundKeyOf } from './domain/refund.ts';
import { answerText } from './drive.ts';
import { underWay } from './driving.ts';
import type { CountRefunds } from './metrics.ts';
import { moveRefund, postponeRefund } from './persistence/move-refund.sql.ts';
import type { DrivenRefund, OwnRefund } from './persistence/refund-row.ts';
import { endWhenAllIsBack, freeSeatsOf, lockPayment } from './persistence/refunds-of-payment.sql.ts';
import type { Transaction } from './persistence/transaction.ts';
import type { AskRefund } from './refund-questions.ts';

export interface RefundSettlementDeps {
  db: Database;
  ask: AskRefund;
  logger: Logger;
  countRefunds: CountRefunds;
  /** How long one question may keep a refund to its driver, in milliseconds; longer than any deadline. */
  leaseMs: number;
}

/** The one way a refund moves on, whoever drives it: the call that asked for it or the job `settle-refunds`. */
export interface RefundSettlement {
  /** Asks, writes, asks the next until the refund is decided or somebody must be waited for. Faults are logged, never thrown. */
  drive(driven: DrivenRefund): Promise<void>;
  /** Resolves when nobody is being driven any more. */
  idle(): Promise<void>;
}

/** Whether no provider has a payment's money. */
export const isOffline = ({ provider }: Pick<Transaction, 'provider'>): boolean => provider === 'by-hand';

/** The part of a refund's rows that decisions are about. */
export const refundProgress = ({ kind, status, step }: OwnRefund, payment: Pick<Transaction, 'provider'>): RefundProgress => ({
  ...{ kind, status, step },
  offline: isOffline(payment),
});

/** See RefundSettlement. Drives are remembered until they end, so that a stopping process can wait for them. */
export function createRefundSettlement(deps: RefundSettlementDeps): RefundSettlement {
  const { keep, idle } = underWay();
  return {
    drive: (driven) =>
      keep(
        driveOn(deps, driven).catch((error: unknown) =>
          deps.logger.error({ err: error, refundId: driven.refund.id }, 'a refund could not be driven; it goes on when its lease ends'),
        ),
      ),
    idle,
  };
}

async function driveOn(deps: RefundSettlementDeps, start: DrivenRefund): Promise<void> {
  let driven: DrivenRefund | undefined = start;
  while (driven && isOpenRefund(driven.refund)) {
    const heard: RefundHeard = await deps.ask(driven);
    const decision = decideRefund(refundProgress(driven.refund, driven.payment), heard);
    driven = decision === 'wait' ? await postpone(deps, driven, answerText(heard)) : await write(deps, driven, { heard, next: decision });
  }
  const end = driven?.refund;
  if (!end) return;
  deps.countRefunds(end.refused ? 'REFUSED' : end.status);
  // Money we owe and cannot give back needs a person to look.
  const declined = end.status === 'FAILED' && !end.refused;
  deps.logger[declined ? 'error' : 'info']({ refundId: end.id, paymentId: end.paymentId, status: end.status, step: end.step }, 'refund settled');
}

type Turn = { heard: RefundHeard; next: Exclude<RefundDecision, 'wait'> };

/** Writes what was heard, the next question, and with the last of it what follows for the payment. Undefined: another driver has it. */
function write({ db, leaseMs }: RefundSettlementDeps, driven: DrivenRefund, { heard, next }: Turn): Promise<DrivenRefund | undefined> {
  const { refund, payment } = driven;
  const isEnd = next.step === 'SETTLED';
  return db.transaction(async (tx) => {
    if (isEnd) await lockPayment(tx, payment.id); // before the refund's row, as those who ask for refunds do
    const moved = await moveRefund(tx, driven, {
      ...{ next, leaseMs, answer: answerText(heard) },
      key: refundKeyOf(refund.id, next.step, refund.round),
      error: next.status !== 'FAILED' ? null : isEnd ? 'ticket-used' : 'declined',
      refused: heard.from === 'ticketing' && heard.said.kind === 'used' ? { usedAt: heard.said.usedAt, gate: heard.said.gate } : null,
    });
    if (moved && isEnd) await finishRefund(tx, moved.refund, payment);
    return moved;
  });
}

/** What follows when a refund is over: the fact is said, the payment may be REFUNDED; or nothing happened, and its seats are free for another. */
export async function finishRefund(tx: Tx, refund: OwnRefund, payment: Transaction): Promise<void> {
  if (refund.status !== 'DONE') return freeSeatsOf(tx, refund.id);
  await endWhenAllIsBack(tx, payment.id);
  const { id: refundId, kind, amountMinor, feeMinor, currency, seatIds, cancellationId } = refund;
  if (kind === 'failed-payment') throw new Error(`refund ${refundId} is driven by its payment`);
  const { id: paymentId, organisationId, eventId, userId } = payment;
  const of = { organisationId, eventId, paymentId, refundId, userId };
  await outbox(tx, PaymentRefunded, { ...of, kind, amountMinor, feeMinor, currency, seatIds, cancellationId });
}

async function postpone({ db, logger }: RefundSettlementDeps, driven: DrivenRefund, answer: string): Promise<undefined> {
  const { id: refundId, step, attempts } = driven.refund;
  const againInMs = backOffMs(attempts, Math.random());
  await db.transaction((tx) => postponeRefund(tx, driven, { answer, againInMs }));
  logger.info({ refundId, step, answer, againInMs }, 'no answer about a refund yet');
}
