import { randomUUID } from 'node:crypto';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefunded, refundBooks, type SoldOrder, soldOrder, staff, wish } from '../../test/orders.ts';
import { cards, freshStage, type PaymentProcess, refusalOf, type Stage } from '../../test/stage.ts';

let stage: Stage;
let one: PaymentProcess;
let two: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process();
  two = await stage.process();
});
afterAll(() => stage.close());

const sold = (seats = 2) => soldOrder(stage, one, { seats });
const refund = (order: SoldOrder, given: Parameters<typeof wish>[1] = {}, by = staff()) => one.payment.refundOrder(wish(order.paymentId, given), by);
const unchanged = async (order: SoldOrder) => expectRefunded(stage, order, { seatIds: [], amountMinor: 0 });

describe('a refund', () => {
  it('of one of two seats gives its money back, ends its ticket, returns its seat, and leaves the other', async () => {
    const order = await sold(2);
    const [seatId = '', other = ''] = order.seatIds;
    expect(await refund(order, { seatIds: [seatId] })).toMatchObject({
      ...{ paymentId: order.paymentId, kind: 'seats', status: 'DONE', waitingFor: null, amountMinor: 1500, feeMinor: 0, currency: 'EUR' },
      ...{ seatIds: [seatId], failureReason: null },
    });
    await expectRefunded(stage, order, { seatIds: [seatId], amountMinor: 1500 });
    expect(stage.ticketing.enter(order.paymentId, seatId)).toBe(false);
    expect(stage.ticketing.enter(order.paymentId, other)).toBe(true);
    expect(stage.booking.seatsSoldTo(order.reservationId)).toEqual([other]);
  });

  it('of the whole order makes it REFUNDED; of the rest too', async () => {
    const [whole, rest] = [await sold(3), await sold(3)];
    expect(await refund(whole)).toMatchObject({ amountMinor: 4500, status: 'DONE' });
    await expectRefunded(stage, whole, { seatIds: whole.seatIds, amountMinor: 4500 });
    await refund(rest, { seatIds: rest.seatIds.slice(0, 1) });
    expect(await refund(rest)).toMatchObject({ amountMinor: 3000, seatIds: rest.seatIds.slice(1) });
    await expectRefunded(stage, rest, { seatIds: rest.seatIds, amountMinor: 4500 });
    expect(await one.payment.getPayment({ paymentId: whole.paymentId }, whole.me)).toMatchObject({ status: 'REFUNDED' });
  });

  it('of two halves at once by two processes makes it REFUNDED all the same, 10 times', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const order = await sold(2);
      await Promise.all(
        order.seatIds.map((seatId, at) => [one, two][at]?.payment.refundOrder(wish(order.paymentId, { seatIds: [seatId] }), staff())),
      );
      await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 3000 });
    }
  });

  it('of an amount as good will touches neither tickets nor seats, up to exactly what was captured', async () => {
    const order = await sold(2);
    expect(await refund(order, { amountMinor: 1 })).toMatchObject({ kind: 'amount', status: 'DONE', amountMinor: 1, seatIds: [] });
    expect(await refusalOf(refund(order, { amountMinor: 3000 }))).toEqual({ code: 'REFUND_TOO_MUCH', details: { leftMinor: 2999 } });
    expect(await refusalOf(refund(order, { seatIds: order.seatIds }))).toMatchObject({ code: 'REFUND_TOO_MUCH' });
    await expectRefunded(stage, order, { seatIds: [], amountMinor: 1 });
    expect(await refund(order, { amountMinor: 2999 })).toMatchObject({ status: 'DONE' });
    await expectRefunded(stage, order, { seatIds: [], amountMinor: 3000 });
    expect(await refusalOf(refund(order, { amountMinor: 1 }))).toEqual({ code: 'REFUND_TOO_MUCH', details: { leftMinor: 0 } });
    // What is left of the whole order is no money, and the seats.
    expect(await refund(order)).toMatchObject({ kind: 'seats', amountMinor: 0, status: 'DONE' });
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 3000 });
  });

  it('gives fees back only when told to, in shares', async () => {
    const order = await sold(2);
    await stage.db.query('UPDATE transactions SET amount_minor = amount_minor + 301, fee_minor = 301 WHERE id = $1', [order.paymentId]);
    await stage.db.query(`UPDATE test_provider_charges SET amount_minor = amount_minor + 301 WHERE key LIKE $1 || ':%'`, [order.paymentId]);
    const [first = '', second = ''] = order.seatIds;
    expect(await refund(order, { seatIds: [first], withFees: true })).toMatchObject({ amountMinor: 1650, feeMinor: 150 });
    expect(await refund(order, { seatIds: [second] })).toMatchObject({ amountMinor: 1500, feeMinor: 0 });
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 3150 });
    expect(await refund(order, { amountMinor: 151 })).toMatchObject({ status: 'DONE' }); // the fee that was kept
    expect(await refusalOf(refund(order, { amountMinor: 1 }))).toMatchObject({ code: 'REFUND_TOO_MUCH' });
  });

  it('of tickets that cost nothing asks no provider', async () => {
    const order = await sold(1);
    await stage.db.query(`UPDATE transactions SET amount_minor = 0, seats = jsonb_set(seats, '{0,priceMinor}', '0') WHERE id = $1`, [
      order.paymentId,
    ]);
    one.world.calls.length = 0;
    expect(await refund(order)).toMatchObject({ status: 'DONE', amountMinor: 0 });
    expect(one.world.calls).toEqual(['cancelTickets', 'returnSeats']);
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 0 });
  });

  it('before there are tickets ends them before they are issued', async () => {
    const order = await soldOrder(stage, one, { seats: 1, ticketed: false });
    await refund(order);
    stage.ticketing.issue(order.paymentId, order.seatIds);
    expect(stage.ticketing.enter(order.paymentId, order.seatIds[0] ?? '')).toBe(false);
  });
});

describe('the same key', () => {
  it('is the same refund and the same answer, also at once and by another process', async () => {
    const order = await sold(2);
    const by = staff('manager', 'key-1');
    const ask = (process: PaymentProcess) => process.payment.refundOrder(wish(order.paymentId, { seatIds: order.seatIds.slice(0, 1) }), by);
    const answers = await Promise.all([one, two, one, two].map(ask));
    answers.push(await ask(two));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await expectRefunded(stage, order, { seatIds: order.seatIds.slice(0, 1), amountMinor: 1500 });
  });

  it('with other input is refused: other seats, another order, another amount', async () => {
    const [order, another] = [await sold(2), await sold(2)];
    const by = staff('manager', 'key-2');
    await refund(order, { amountMinor: 100 }, by);
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED', details: {} };
    expect(await refusalOf(refund(order, { amountMinor: 101 }, by))).toEqual(reused);
    expect(await refusalOf(refund(another, { amountMinor: 100 }, by))).toEqual(reused);
    await unchanged(another);
    const side = staff('manager', 'key-3');
    const answers = await Promise.allSettled([refund(order, { amountMinor: 7 }, side), refund(another, { amountMinor: 7 }, side)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('that was refused is refused again the same way', async () => {
    const order = await sold(1);
    stage.ticketing.enter(order.paymentId, order.seatIds[0] ?? '');
    const by = staff('manager', 'key-4');
    const no = await refusalOf(refund(order, {}, by));
    expect(no).toMatchObject({ code: 'TICKET_ALREADY_USED' });
    expect(await refusalOf(refund(order, {}, by))).toEqual(no);
  });
});

describe('one seat, many refunds', () => {
  it('another key is ALREADY_REFUNDED', async () => {
    const order = await sold(2);
    await refund(order, { seatIds: order.seatIds.slice(0, 1) });
    expect(await refusalOf(refund(order, { seatIds: order.seatIds }))).toEqual({
      code: 'ALREADY_REFUNDED',
      details: { seatIds: order.seatIds.slice(0, 1) },
    });
    await refund(order);
    expect(await refusalOf(refund(order))).toMatchObject({ code: 'ALREADY_REFUNDED' });
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 3000 });
  });

  it('100 at once over two processes: exactly one, at the provider, in the books and in the messages', async () => {
    const order = await sold(1);
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, (_, n) =>
        (n % 2 ? two : one).payment.refundOrder(wish(order.paymentId, { seatIds: order.seatIds }), staff('manager', randomUUID())),
      ),
    );
    const won = answers.filter(({ status }) => status === 'fulfilled');
    const codes = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason?.refusal?.code] : []));
    console.log(`100 refunds of one ticket at once: ${won.length} done, ${codes.length} ${[...new Set(codes)].join(', ')}`);
    expect(won).toHaveLength(1);
    expect(codes).toEqual(Array(99).fill('ALREADY_REFUNDED'));
    const { refunds, given, told } = await refundBooks(stage, order.paymentId);
    expect([refunds.length, given, told.length]).toEqual([1, [1500], 1]);
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 1500 });
  });

  it('is kept so by its key in the database: without the row lock the primary key still refuses', async () => {
    const order = await sold(1);
    await refund(order);
    const again = `INSERT INTO refunded_seats SELECT payment_id, seat_id, refund_id FROM refunded_seats WHERE payment_id = $1`;
    await expect(stage.db.query(again, [order.paymentId])).rejects.toThrow('refunded_seats_once');
  });

  it('amounts at once never add up to more than was captured', async () => {
    const order = await sold(1);
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? two : one).payment.refundOrder(wish(order.paymentId, { amountMinor: 400 }), staff())),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await expectRefunded(stage, order, { seatIds: [], amountMinor: 1200 });
  });
});

describe('what is refused changes nothing', () => {
  it('seats of another order', async () => {
    const [order, another] = [await sold(2), await sold(1)];
    expect(await refusalOf(refund(order, { seatIds: [...order.seatIds, ...another.seatIds] }))).toEqual({
      code: 'SEATS_NOT_OF_ORDER',
      details: { seatIds: another.seatIds },
    });
    await unchanged(order);
    await unchanged(another);
  });

  it('other people’s payments do not exist; colleagues are told the role', async () => {
    const order = await sold(1);
    for (const stranger of [asUser(), order.me, asMember({ organisationId: randomUUID(), role: 'owner' })])
      expect(await refusalOf(refund(order, {}, stranger))).toEqual({ code: 'PAYMENT_NOT_FOUND', details: {} });
    expect(await refusalOf(one.payment.refundOrder(wish(randomUUID()), staff()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
    for (const role of ['box-office', 'door'] as const)
      expect(await refusalOf(refund(order, {}, staff(role)))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'manager' } });
    await unchanged(order);
    expect(await refund(order, {}, staff('owner'))).toMatchObject({ status: 'DONE' });
  });

  it('payments that were not completed: PENDING, FAILED, CANCELLED', async () => {
    const pending = await stage.customer(one.payment);
    const failed = await stage.customer(one.payment);
    await one.payment.confirmPayment({ paymentId: failed.paymentId, card: cards.declined }, failed.me).catch(() => undefined);
    const cancelled = await stage.customer(one.payment);
    await one.payment.cancelPayment({ paymentId: cancelled.paymentId }, cancelled.me);
    for (const [{ paymentId }, status] of [
      [pending, 'PENDING'],
      [failed, 'FAILED'],
      [cancelled, 'CANCELLED'],
    ] as const) {
      expect(await refusalOf(one.payment.refundOrder(wish(paymentId), staff()))).toEqual({ code: 'PAYMENT_NOT_CONFIRMED', details: { status } });
      expect((await refundBooks(stage, paymentId)).refunds).toEqual([]);
    }
  });

  it('a used ticket, unless forced: then its seat is refunded and nobody is let in again', async () => {
    const order = await sold(2);
    const [seatId = ''] = order.seatIds;
    expect(stage.ticketing.enter(order.paymentId, seatId)).toBe(true);
    expect(await refusalOf(refund(order))).toMatchObject({ code: 'TICKET_ALREADY_USED', details: { gate: 'North' } });
    const { refunds, refundedSeats, given } = await refundBooks(stage, order.paymentId);
    expect([refunds.map(({ status, step }) => `${status} ${step}`), refundedSeats, given]).toEqual([['FAILED SETTLED'], [], []]);
    expect((await one.payment.getOrder({ paymentId: order.paymentId }, staff())).refunds).toEqual([]);
    expect(await refund(order, { force: true })).toMatchObject({ status: 'DONE', amountMinor: 3000 });
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 3000 });
    expect(stage.ticketing.enter(order.paymentId, seatId)).toBe(false);
  });
});
