import { randomUUID } from 'node:crypto';
import { UnknownOutcome } from '@boxoffice/service-kit';
import { asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cards, freshStage, type PaymentProcess, refusalOf, type Stage } from '../../test/stage.ts';

let stage: Stage;
let process: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  process = await stage.process();
});
afterAll(() => stage.close());

it("is a pending payment of booking's price that waits for its customer while the seats are kept", async () => {
  const me = asUser();
  const reservationId = await stage.booking.hold(me.actor.userId, 3);
  const payment = await process.payment.createPayment({ reservationId }, me);
  expect(payment).toMatchObject({
    reservationId,
    status: 'PENDING',
    waitingFor: 'customer',
    amountMinor: 4500,
    currency: 'EUR',
    failureReason: null,
  });
  expect(Number(payment.payUntil) - Date.now()).toBeGreaterThan(590_000);
  expect(await process.payment.getPayment({ paymentId: payment.paymentId }, me)).toEqual(payment);
});

it('with the same key is the same payment, also at once, also after it was decided', async () => {
  const me = { ...asUser(), idempotencyKey: 'create-1' };
  const reservationId = await stage.booking.hold(me.actor.userId);
  const answers = await Promise.all(Array.from({ length: 8 }, () => process.payment.createPayment({ reservationId }, me)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  const paymentId = answers[0]?.paymentId ?? '';
  await process.payment.confirmPayment({ paymentId, card: cards.approved }, me);
  expect(await process.payment.createPayment({ reservationId }, me)).toMatchObject({ paymentId, status: 'CONFIRMED' });
});

it('with a used key and another reservation is refused; the same key of another user is another payment', async () => {
  const me = { ...asUser(), idempotencyKey: 'create-2' };
  await process.payment.createPayment({ reservationId: await stage.booking.hold(me.actor.userId) }, me);
  expect(await refusalOf(process.payment.createPayment({ reservationId: randomUUID() }, me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  const other = { ...asUser(), idempotencyKey: 'create-2' };
  const theirs = await stage.booking.hold(other.actor.userId);
  expect(await process.payment.createPayment({ reservationId: theirs }, other)).toMatchObject({ reservationId: theirs });
});

it('is one at a time for a reservation: the refusal names the one that is pending', async () => {
  const { me, reservationId, paymentId } = await stage.customer(process.payment);
  const refusals = await Promise.all(Array.from({ length: 5 }, () => refusalOf(process.payment.createPayment({ reservationId }, me))));
  for (const refusal of refusals) expect(refusal).toEqual({ code: 'PAYMENT_ALREADY_PENDING', details: { paymentId } });
  await process.payment.cancelPayment({ paymentId }, me);
  expect(await process.payment.createPayment({ reservationId }, me)).toMatchObject({ status: 'PENDING' });
});

it('passes on what booking refuses', async () => {
  const me = asUser();
  const create = (reservationId: string, caller = me) => refusalOf(process.payment.createPayment({ reservationId }, caller));
  expect(await create(randomUUID())).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
  const reservationId = await stage.booking.hold(me.actor.userId);
  expect(await create(reservationId, asUser())).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
  await stage.booking.expire(reservationId);
  expect(await create(reservationId)).toMatchObject({ code: 'RESERVATION_EXPIRED' });
  await stage.booking.sellToAnother(reservationId);
  expect(await create(reservationId)).toEqual({ code: 'RESERVATION_NOT_HELD', details: { status: 'CONFIRMED' } });
});

it('says "too busy" while booking does not answer, and leaves nothing behind', async () => {
  const me = asUser();
  const reservationId = await stage.booking.hold(me.actor.userId);
  const { seatAllocation } = stage.booking;
  const { beginPayment } = seatAllocation;
  seatAllocation.beginPayment = () => Promise.reject(new UnknownOutcome('no answer'));
  expect(await refusalOf(process.payment.createPayment({ reservationId }, me))).toEqual({ code: 'OVERLOADED', details: { retryAfterSeconds: 1 } });
  seatAllocation.beginPayment = beginPayment;
  expect(await process.payment.createPayment({ reservationId }, me)).toMatchObject({ status: 'PENDING' });
});

it("is nobody else's to see or list", async () => {
  const { me, paymentId } = await stage.customer(process.payment);
  const stranger = asUser();
  expect(await refusalOf(process.payment.getPayment({ paymentId }, stranger))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  expect(await refusalOf(process.payment.getPayment({ paymentId: randomUUID() }, me))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  expect(await process.payment.listMyPayments({ limit: 20 }, stranger)).toEqual({ payments: [] });
  const second = await process.payment.createPayment({ reservationId: await stage.booking.hold(me.actor.userId) }, me);
  const { payments } = await process.payment.listMyPayments({ limit: 20 }, me);
  expect(payments.map((payment) => payment.paymentId)).toEqual([second.paymentId, paymentId]);
  expect((await process.payment.listMyPayments({ limit: 1 }, me)).payments).toHaveLength(1);
});

it('the database itself refuses a second pending payment of a reservation', async () => {
  const { paymentId } = await stage.customer(process.payment);
  const copy = stage.db.query(
    `INSERT INTO transactions (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, next_check_at, pay_until)
     SELECT gen_random_uuid(), gen_random_uuid(), reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, next_check_at, pay_until
     FROM transactions WHERE id = $1`,
    [paymentId],
  );
  await expect(copy).rejects.toThrow('transactions_one_pending');
});
