import { setTimeout as delay } from 'node:timers/promises';
import { type Caller, type PaymentService, Refusal, type User } from '@boxoffice/contracts';
import { idempotent, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { afterAwaiting, progressOf } from '../domain/payment.ts';
import { giveUpAwaiting } from '../persistence/await-money.sql.ts';
import { cancelCreatedPayment } from '../persistence/cancel-payments.sql.ts';
import { findPayment } from '../persistence/find-payments.ts';
import type { Driven, Transaction } from '../persistence/transaction.ts';
import { shown } from '../shown-payment.ts';

/**
 * Gives up a payment nobody has confirmed, or one that waits for its money: its seats go back on sale. A second call changes nothing.
 * Refuses PAYMENT_NOT_FOUND, PAYMENT_NOT_PENDING once the provider may have been asked or the money is there.
 */
export const cancelPayment =
  (deps: Deps): PaymentService['cancelPayment'] =>
  async ({ paymentId }, caller) => {
    const { db, settlement, confirmAnswerMs, batches } = deps;
    const { actor, idempotencyKey: key } = caller;
    let driven: Driven | undefined;
    await db.transaction((tx) =>
      idempotent(tx, { userId: actor.userId, procedure: 'cancelPayment', key, input: { paymentId } }, async () => {
        driven = await giveUp(deps, tx, { paymentId, caller });
      }),
    );
    // The seats are booking's: who waits too long for them to be free is answered PENDING, and the reconciler goes on.
    if (driven) await Promise.race([settlement.drive(driven), delay(confirmAnswerMs, undefined, { ref: false })]);
    const payment = await batches.find(paymentId, actor.userId);
    if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
    return shown(payment);
  };

/** Ends it in its row; what has to be asked of booking then. */
async function giveUp({ countSettled, leaseMs }: Deps, tx: Tx, { paymentId, caller }: { paymentId: string; caller: Caller<User> }) {
  const { userId } = caller.actor;
  if (await cancelCreatedPayment(tx, paymentId, userId)) return void countSettled('CANCELLED');
  const payment = await findPayment(tx, paymentId, userId);
  if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
  const driven = payment.step === 'AWAITING_MONEY' ? await endAwaiting(tx, payment, leaseMs) : undefined;
  if (driven) return driven;
  const now = payment.step === 'AWAITING_MONEY' ? await findPayment(tx, paymentId, userId) : payment;
  const isGivenUp = now?.status === 'CANCELLED' || now?.failureReason === 'not-paid';
  if (!isGivenUp) throw new Refusal('PAYMENT_NOT_PENDING', { status: now?.status ?? payment.status });
}

const endAwaiting = (tx: Tx, payment: Transaction, leaseMs: number) => {
  const { next } = afterAwaiting(progressOf(payment), 'nothing');
  return giveUpAwaiting(tx, { paymentId: payment.id, userId: payment.userId, next, driver: newId(), leaseMs });
};
