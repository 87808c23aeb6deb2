import { asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf, stepsOf } from '../../test/books.ts';
import { awaitingCustomer, openEvent, refusalOf, staff, transfer } from '../../test/by-hand.ts';
import { cards, freshStage, type PaymentProcess, type Stage } from '../../test/stage.ts';

let stage: Stage;
let one: PaymentProcess;
let two: PaymentProcess;
let eventId: string;
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process();
  two = await stage.process();
  eventId = await openEvent(stage, one);
});
afterAll(() => stage.close());

const rowOf = async (paymentId: string) =>
  (await stage.db.query<{ status: string; step: string }>('SELECT status, step FROM transactions WHERE id = $1', [paymentId]))[0];

describe('creating', () => {
  it('adds the fee of each seat and says how it is paid', async () => {
    const me = asUser();
    const reservationId = await stage.booking.hold(me.actor.userId, 3, { eventId });
    const created = await one.payment.createPayment({ reservationId, method: 'bank-transfer' }, me);
    expect(created).toMatchObject({ amountMinor: 4650, feeMinor: 150, method: 'bank-transfer', waitingFor: 'customer', reference: null });
  });

  it('without a method takes the event’s first; an event nobody has told of is paid online, without a fee', async () => {
    const me = asUser();
    const here = await one.payment.createPayment({ reservationId: await stage.booking.hold(me.actor.userId, 1, { eventId }) }, me);
    expect(here).toMatchObject({ method: 'online', amountMinor: 1550, feeMinor: 50 });
    const elsewhere = await one.payment.createPayment({ reservationId: await stage.booking.hold(me.actor.userId) }, me);
    expect(elsewhere).toMatchObject({ method: 'online', amountMinor: 3000, feeMinor: 0 });
  });

  it('by a method that is not offered is refused with those that are; nothing is written', async () => {
    const me = asUser();
    const reservationId = await stage.booking.hold(me.actor.userId);
    const no = await refusalOf(one.payment.createPayment({ reservationId, method: 'at-door' }, me));
    expect(no).toEqual({ code: 'METHOD_NOT_OFFERED', details: { methods: ['online'] } });
    expect((await one.payment.listMyPayments({ limit: 5 }, me)).payments).toEqual([]);
  });

  it('with the same key and another method is refused; with the same method, or none, it is the same payment', async () => {
    const me = { ...asUser(), idempotencyKey: 'by-hand' };
    const reservationId = await stage.booking.hold(me.actor.userId, 2, { eventId });
    const created = await one.payment.createPayment({ reservationId, method: 'at-door' }, me);
    expect(await one.payment.createPayment({ reservationId, method: 'at-door' }, me)).toEqual(created);
    expect(await one.payment.createPayment({ reservationId }, me)).toEqual(created);
    expect(await refusalOf(one.payment.createPayment({ reservationId, method: 'online' }, me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('of nothing to pay is never by hand', async () => {
    const me = asUser();
    const free = await stage.event();
    const reservationId = await stage.booking.hold(me.actor.userId, 2, { eventId: free, priceMinor: 0 });
    const created = await one.payment.createPayment({ reservationId }, me);
    expect(created).toMatchObject({ method: 'online', amountMinor: 0 });
    for (const { world } of [one, two]) world.reset();
    expect(await one.payment.confirmPayment({ paymentId: created.paymentId }, me)).toMatchObject({ status: 'CONFIRMED' });
    expect(one.world.calls).toEqual(['confirmSeat']); // nobody outside was asked about the money
  });
});

describe('confirming', () => {
  it('sells the seats, tells a deadline and a reference, and says once that money is awaited', async () => {
    const { me, reservationId, paymentId, reference } = await awaitingCustomer(stage, one, eventId);
    expect(await stage.booking.soldTo(reservationId)).toBe(paymentId);
    const shown = await one.payment.getPayment({ paymentId }, me);
    expect(Number(shown.payUntil) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    const messages = await messagesOf(stage.db, paymentId);
    expect(messages).toMatchObject([
      { topic: 'payment-awaited', payload: { reference, amountMinor: 3100, method: 'bank-transfer', instructions: transfer.instructions } },
    ]);
    expect(await two.payment.confirmPayment({ paymentId }, me)).toEqual(shown);
    expect(await messagesOf(stage.db, paymentId)).toHaveLength(1);
    expect(await stepsOf(stage.db, paymentId)).toEqual(['CONFIRMING_SEATS confirmed']);
    expect(await stage.db.query(`SELECT 1 FROM test_provider_charges WHERE key LIKE $1 || '%'`, [paymentId])).toEqual([]);
  });

  it('20 times at once on two processes: one question to booking, one reference, one message', async () => {
    const { me, paymentId } = await stage.customer(one.payment, 2, { eventId, method: 'at-door' });
    for (const { world } of [one, two]) world.reset();
    const confirm = (i: number) => (i % 2 ? one : two).payment.confirmPayment({ paymentId }, { ...me, idempotencyKey: i % 4 ? 'same' : `own-${i}` });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => confirm(i)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 'PENDING', waitingFor: 'staff', reference: expect.any(String) });
    expect([...one.world.calls, ...two.world.calls]).toEqual(['confirmSeat']);
    expect(await messagesOf(stage.db, paymentId)).toHaveLength(1);
  });

  it('with a card is refused: whoever gives one means to be charged', async () => {
    const { me, paymentId } = await stage.customer(one.payment, 2, { eventId, method: 'at-door' });
    const no = await refusalOf(one.payment.confirmPayment({ paymentId, card: cards.approved }, me));
    expect(no).toEqual({ code: 'METHOD_NOT_OFFERED', details: { methods: ['at-door'] } });
    expect(await rowOf(paymentId)).toEqual({ status: 'PENDING', step: 'CREATED' });
  });

  it('an online payment without a card is refused', async () => {
    const { me, paymentId } = await stage.customer(one.payment, 2, { eventId });
    expect(await refusalOf(one.payment.confirmPayment({ paymentId }, me))).toMatchObject({ code: 'PAYMENT_METHOD_MISSING' });
    expect(await refusalOf(one.payment.confirmPayment({ paymentId }, asUser()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  });

  it('by a stranger finds nothing; by a key of another payment is refused', async () => {
    const first = await stage.customer(one.payment, 1, { eventId, method: 'at-door' });
    expect(await refusalOf(one.payment.confirmPayment({ paymentId: first.paymentId }, asUser()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
    const me = { ...first.me, idempotencyKey: 'once' };
    await one.payment.confirmPayment({ paymentId: first.paymentId }, me);
    const reservationId = await stage.booking.hold(me.actor.userId, 1, { eventId });
    const second = await one.payment.createPayment({ reservationId, method: 'at-door' }, first.me);
    expect(await refusalOf(one.payment.confirmPayment({ paymentId: second.paymentId }, me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('after the hold is over takes seats that are free; without seats it fails, and owes nothing', async () => {
    const expired = await stage.customer(one.payment, 2, { eventId, method: 'at-door' });
    await stage.booking.expire(expired.reservationId);
    expect(await one.payment.confirmPayment({ paymentId: expired.paymentId }, expired.me)).toMatchObject({ waitingFor: 'staff' });
    const gone = await stage.customer(one.payment, 2, { eventId, method: 'at-door' });
    await stage.booking.takeOver(gone.reservationId);
    const no = await refusalOf(one.payment.confirmPayment({ paymentId: gone.paymentId }, gone.me));
    expect(no).toEqual({ code: 'SEATS_GONE', details: { paymentId: gone.paymentId } });
    expect(await messagesOf(stage.db, gone.paymentId)).toMatchObject([
      { topic: 'payment-failed', payload: { reason: 'seats-gone', refunded: false } },
    ]);
    expect(await stage.db.query('SELECT 1 FROM refunds WHERE payment_id = $1', [gone.paymentId])).toEqual([]);
  });

  it('of an event that was cancelled meanwhile is refused', async () => {
    const doomed = await openEvent(stage, one);
    const { me, paymentId } = await stage.customer(one.payment, 2, { eventId: doomed, method: 'at-door' });
    await stage.event({ eventId: doomed, revision: 2, status: 'CANCELLED' });
    expect(await refusalOf(one.payment.confirmPayment({ paymentId }, me))).toEqual({ code: 'METHOD_NOT_OFFERED', details: { methods: ['online'] } });
  });

  it('is left alone by the reconciler while it waits', async () => {
    const { paymentId } = await awaitingCustomer(stage, one, eventId);
    await stage.later(paymentId);
    for (const { world } of [one, two]) world.reset();
    await Promise.all([one.run('reconcile-payments'), two.run('reconcile-payments')]);
    expect([...one.world.calls, ...two.world.calls]).toEqual([]);
    expect(await rowOf(paymentId)).toEqual({ status: 'PENDING', step: 'AWAITING_MONEY' });
  });

  it('when booking’s reply is lost: the reconciler asks again, and it waits for its money', async () => {
    const { me, paymentId } = await stage.customer(one.payment, 2, { eventId, method: 'at-door' });
    one.world.reset();
    one.world.breakAt(0, 'reply lost');
    expect(await one.payment.confirmPayment({ paymentId }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'booking' });
    await stage.later(paymentId);
    await two.run('reconcile-payments');
    expect(await two.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'staff' });
    expect(await messagesOf(stage.db, paymentId)).toHaveLength(1);
    one.world.reset();
  });
});

describe('a customer who owes', () => {
  it('the money of three payments of an event begins no fourth, also not at once on two processes', async () => {
    const me = asUser();
    const payments = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const reservationId = await stage.booking.hold(me.actor.userId, 1, { eventId });
        return one.payment.createPayment({ reservationId, method: 'at-door' }, me);
      }),
    );
    const results = await Promise.allSettled(payments.map(({ paymentId }, i) => (i % 2 ? one : two).payment.confirmPayment({ paymentId }, me)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason.refusal).toEqual({ code: 'TOO_MANY_UNPAID', details: { limit: 3 } });
    // Another event is another matter, and so is a card.
    await awaitingCustomer(stage, one, await openEvent(stage, one));
    const card = await one.payment.createPayment({ reservationId: await stage.booking.hold(me.actor.userId, 1, { eventId }) }, me);
    expect(await one.payment.confirmPayment({ paymentId: card.paymentId, card: cards.approved }, me)).toMatchObject({ status: 'CONFIRMED' });
    // What is paid, or given up, makes room.
    const [paid] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await one.payment.markPaid({ paymentId: paid?.paymentId, reason: 'seen' }, staff());
    const again = payments.find((_, i) => results[i]?.status === 'rejected');
    expect(await one.payment.confirmPayment({ paymentId: again?.paymentId ?? '' }, me)).toMatchObject({ waitingFor: 'staff' });
  });
});

it('online with a fee: the fee is charged, and said apart', async () => {
  const { me, paymentId } = await stage.customer(one.payment, 2, { eventId });
  expect(await one.payment.confirmPayment({ paymentId, card: cards.approved }, me)).toMatchObject({ amountMinor: 3100, feeMinor: 100 });
  expect(await messagesOf(stage.db, paymentId)).toMatchObject([{ topic: 'payment-confirmed', payload: { amountMinor: 3100, feeMinor: 100 } }]);
});
