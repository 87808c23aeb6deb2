import { setTimeout as delay } from 'node:timers/promises';
import { type Caller, type PaymentService, Refusal, type User } from '@boxoffice/contracts';
import { hashOf, idempotent, isUniqueViolation } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { isByHand, keyOf, progressOf, refusalOf } from '../domain/payment.ts';
import { undriven } from '../driving.ts';
import { findPayment } from '../persistence/find-payments.ts';
import { leasePayment, startPayment } from '../persistence/lease-payments.sql.ts';
import type { Driven, Transaction } from '../persistence/transaction.ts';
import { refuseOtherMethod } from '../provider/methods.ts';
import type { PayWith } from '../provider/provider.ts';
import { shown } from '../shown-payment.ts';
import { startByHand } from '../start-by-hand.ts';

type Confirm = { paymentId: string } & PayWith;

/**
 * Pays: one of any number of calls drives the payment, the others wait for it; who waits too long is answered PENDING and the drive goes on. A payment by
 * hand gets its seats, and is answered PENDING while it waits for its money.
 * Refuses PAYMENT_NOT_FOUND, TEST_CARD_UNKNOWN, PAYMENT_METHOD_MISSING, PAYMENT_METHOD_NOT_ACCEPTED, METHOD_NOT_OFFERED (also a card for a payment by hand),
 * TOO_MANY_UNPAID, PAYMENT_DECLINED, SEATS_GONE, PAYMENT_NOT_PENDING (cancelled, not paid in time), IDEMPOTENCY_KEY_REUSED.
 */
export const confirmPayment =
  (deps: Deps): PaymentService['confirmPayment'] =>
  async ({ paymentId, card, paymentMethodId, returnUrl }, caller) => {
    const payWith = { card, paymentMethodId, returnUrl };
    const driven =
      (await started(deps, { paymentId, ...payWith }, caller)) ??
      (await leasePayment(deps.db, { paymentId, driver: newId(), leaseMs: deps.leaseMs }));
    const drive = driven
      ? deps.settlement.drive(driven, payWith)
      : undriven(async () => (await findPayment(deps.db.em(), paymentId, caller.actor.userId))?.driver, deps.confirmAnswerMs);
    const settled = await Promise.race([drive, delay(deps.confirmAnswerMs, undefined, { ref: false })]);
    return shown(paidOrRefused(settled ?? (await mine(deps, paymentId, caller))));
  };

/** The payment on its way; undefined when somebody has sent it before. */
async function started(deps: Deps, input: Confirm, caller: Caller<User>): Promise<Driven | undefined> {
  if (input.card !== undefined) await refuseUnknownCard(deps, input, caller);
  // A payment by hand comes without anything to pay with: looked up only then, a plain call has nothing to look up.
  const isBare = input.card === undefined && input.paymentMethodId === undefined;
  const payment = isBare ? await mine(deps, input.paymentId, caller) : undefined;
  return payment && isByHand(payment.method) ? startByHand(deps, payment, caller) : start(deps, input, caller);
}

/** Before anything is written. Somebody whose payment takes no cards at all is told that instead. */
async function refuseUnknownCard(deps: Deps, { paymentId, ...payWith }: Confirm, { actor }: Caller<User>): Promise<void> {
  try {
    deps.providers.refuseUnknownMethod(payWith);
  } catch (no) {
    const payment = await deps.batches.find(paymentId, actor.userId);
    if (payment?.step === 'CREATED') refuseOtherMethod(payment.provider, payWith);
    throw no;
  }
}

/** CREATED → AUTHORISING with the key of the call, in one transaction; undefined when somebody has done so before. */
async function start(deps: Deps, { paymentId, ...payWith }: Confirm, { actor, idempotencyKey }: Caller<User>): Promise<Driven | undefined> {
  const { userId } = actor;
  const { paymentMethodId, returnUrl } = payWith;
  const what = { cardLast4: payWith.card?.slice(-4) ?? null, payWith: paymentMethodId === undefined ? null : { paymentMethodId, returnUrl } };
  const question = { paymentId, key: keyOf(paymentId, 'AUTHORISING'), ...what, driver: newId(), leaseMs: deps.leaseMs };
  const call = idempotencyKey === undefined ? undefined : { key: idempotencyKey, inputHash: hashOf(remembered(paymentId, payWith)) };
  const plain = await deps.batches.start({ ...question, userId, call }).catch((error: unknown) => {
    if (isUniqueViolation(error)) return undefined; // the same key, at this moment
    throw error;
  });
  return plain ?? startOnce(deps, { ...question, userId, idempotencyKey }, payWith);
}

/** What a key stands for. Of a card only what its row shows as well: not even its hash may be stored. */
const remembered = (paymentId: string, { card, ...payWith }: PayWith) => ({ paymentId, cardLast4: card?.slice(-4), ...payWith });

type Question = Parameters<typeof startPayment>[1] & { userId: string; idempotencyKey: string | undefined };

/** The way for calls that are not plain: a stranger's, a repetition, a payment that has moved on, the wrong thing to pay with. */
async function startOnce({ db }: Deps, { userId, idempotencyKey: key, ...question }: Question, payWith: PayWith): Promise<Driven | undefined> {
  const { paymentId } = question;
  let driven: Driven | undefined;
  await db.transaction(async (tx) => {
    const payment = await findPayment(tx, paymentId, userId);
    if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
    if (isByHand(payment.method)) throw new Refusal('METHOD_NOT_OFFERED', { methods: [payment.method] }); // whoever gives a card means to be charged
    if (payment.status === 'PENDING') refuseOtherMethod(payment.provider, payWith);
    await idempotent(tx, { userId, procedure: 'confirmPayment', key, input: remembered(paymentId, payWith) }, async () => {
      driven = await startPayment(tx, question);
    });
  });
  return driven;
}

async function mine({ batches }: Deps, paymentId: string, { actor }: Caller<User>): Promise<Transaction> {
  const payment = await batches.find(paymentId, actor.userId);
  if (!payment) throw new Refusal('PAYMENT_NOT_FOUND', {});
  return payment;
}

function paidOrRefused(payment: Transaction): Transaction {
  const no = refusalOf(payment.id, progressOf(payment));
  if (no) throw no;
  return payment;
}
