import { PaymentConfirmed } from '@boxoffice/contracts';
import { saying } from '@boxoffice/messaging';
import { newId } from '@boxoffice/service-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { messagesOf, stepsOf } from '../../test/books.ts';
import { cards, freshStage, type PaymentProcess, refusalOf, type Stage } from '../../test/stage.ts';
import { batchesOver } from './batches.ts';
import type { Move } from './move-payment.sql.ts';
import type { Driven } from './transaction.ts';

let stage: Stage;
let one: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process();
});
afterAll(() => stage.close());

const started = async (): Promise<Driven> => {
  const { me, paymentId } = await stage.customer(one.payment);
  const question = { key: `${paymentId}:authorising`, cardLast4: '4242', payWith: null, driver: newId(), leaseMs: 10_000, call: undefined };
  const driven = await batchesOver(stage.db).start({ paymentId, userId: me.actor.userId, ...question });
  if (!driven) throw new Error('not started');
  return driven;
};

/** To CONFIRMED with its fact, whatever the steps between: a statement does not decide. */
function confirmed(driven: Driven): Move {
  const { id: paymentId, organisationId, eventId, reservationId, userId, amountMinor, currency, seats } = driven.payment;
  return {
    driven,
    next: { method: 'online', status: 'CONFIRMED', step: 'SETTLED', captured: true, failure: null },
    answer: 'approved',
    key: null,
    leaseMs: 10_000,
    reference: 'bank-1',
    said: saying(PaymentConfirmed, { paymentId, organisationId, eventId, reservationId, userId, amountMinor, currency, seats }),
  };
}

test('in a batch, a payment that another driver has taken over stays as it is and says nothing; the others move', async () => {
  const [mine, taken, also] = [await started(), await started(), await started()];
  await stage.db.query('UPDATE transactions SET driver = $2 WHERE id = $1', [taken.payment.id, newId()]);
  const { move } = batchesOver(stage.db);
  const [first, second, third] = await Promise.all([mine, taken, also].map((driven) => move(confirmed(driven))));
  expect([first?.payment.status, second, third?.payment.status]).toEqual(['CONFIRMED', undefined, 'CONFIRMED']);
  expect(first?.payment.id).toBe(mine.payment.id);
  expect(first?.payment.providerReference).toBe('bank-1');
  const messages = await Promise.all([mine, taken, also].map(({ payment }) => messagesOf(stage.db, payment.id)));
  expect(messages.map((said) => said.length)).toEqual([1, 0, 1]);
  expect(await stepsOf(stage.db, taken.payment.id)).toEqual(['AUTHORISING approved']); // what was heard is in the log all the same
  expect(await move(confirmed(mine))).toBeUndefined();
  expect(await messagesOf(stage.db, mine.payment.id)).toHaveLength(1);
});

test('in a batch, a move the table refuses fails alone', async () => {
  const [good, bad] = [await started(), await started()];
  const { move } = batchesOver(stage.db);
  const impossible = { ...confirmed(bad), next: { method: 'online', status: 'CONFIRMED', step: 'SETTLED', captured: false, failure: null } as const };
  const [moved, refused] = await Promise.allSettled([move(confirmed(good)), move(impossible)]);
  expect(moved).toMatchObject({ status: 'fulfilled', value: { payment: { status: 'CONFIRMED' } } });
  expect(refused).toMatchObject({ status: 'rejected', reason: { constraint: 'transactions_confirmed_shape' } });
  expect(await messagesOf(stage.db, bad.payment.id)).toEqual([]);
});

test('at one moment: a stranger is refused, one key pays for one payment only, everybody else pays', async () => {
  const customers = await Promise.all([0, 1, 2, 3].map(() => stage.customer(one.payment, 1)));
  const [a, b, c, d] = customers as [(typeof customers)[0], (typeof customers)[0], (typeof customers)[0], (typeof customers)[0]];
  const held = await stage.booking.hold(a.me.actor.userId, 1);
  const other = await one.payment.createPayment({ reservationId: held }, a.me);
  const sameKey = { ...a.me, idempotencyKey: newId() };
  const pay = (paymentId: string, caller: typeof sameKey) => one.payment.confirmPayment({ paymentId, card: cards.approved }, caller);
  const [first, second, stranger, third] = await Promise.allSettled([
    pay(a.paymentId, sameKey),
    pay(other.paymentId, sameKey),
    pay(b.paymentId, { ...c.me, idempotencyKey: newId() }),
    pay(d.paymentId, { ...d.me, idempotencyKey: newId() }),
  ]);
  expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
  const [lost] = [first, second].filter(({ status }) => status === 'rejected');
  expect(lost).toMatchObject({ reason: { refusal: { code: 'IDEMPOTENCY_KEY_REUSED' } } });
  expect(stranger).toMatchObject({ reason: { refusal: { code: 'PAYMENT_NOT_FOUND' } } });
  expect(third).toMatchObject({ value: { status: 'CONFIRMED' } });
  expect((await refusalOf(pay(other.paymentId, { ...c.me, idempotencyKey: newId() }))).code).toBe('PAYMENT_NOT_FOUND');
  expect(await one.payment.getPayment({ paymentId: b.paymentId }, b.me)).toMatchObject({ status: 'PENDING', waitingFor: 'customer' });
});
