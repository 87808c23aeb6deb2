import { MarkPaid, RefundOrder } from '@boxoffice/contracts';
import { asMember, asUser, eventually } from '@boxoffice/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { organisationId } from '../../test/booking-peer.ts';
import { type CancelledEvent, cancelledEvent, card, declineRefunds } from '../../test/cancelled-event.ts';
import { expectRefunded, refundBooks, type SoldOrder, staff } from '../../test/orders.ts';
import { freshStage, type PaymentProcess, refusalOf, type Stage } from '../../test/stage.ts';
import { dueForSweep, sweep } from '../persistence/cancellation-orders.sql.ts';
import { takeTurn } from '../persistence/refund-pace.sql.ts';

let stage: Stage;
let one: PaymentProcess;
let two: PaymentProcess;
let event: CancelledEvent;
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process({ REFUNDS_PER_SECOND: 1000 });
  two = await stage.process({ REFUNDS_PER_SECOND: 1000 });
});
afterAll(() => stage.close());
beforeEach(async () => {
  event = await cancelledEvent(stage, one);
});

type Settled = { userId: string; amountMinor: number; failedMinor: number; unpaidOrders: number };
const toldOf = async () => new Map((await event.said<Settled>('cancellation-settled')).map((told) => [told.userId, told]));
const start = (code: string, by = event.manager, eventId = event.eventId) =>
  one.payment.startEventCancellation({ eventId, code, reason: 'Why not' }, by);
const refundSeats = ({ paymentId, seatIds }: SoldOrder, count: number) =>
  one.payment.refundOrder(RefundOrder.parse({ paymentId, seatIds: seatIds.slice(0, count), reason: 'asked for' }), event.manager);
const whole = (order: SoldOrder) => expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 1500 * order.seatIds.length });
const startsSaid = async () =>
  (await event.said<{ action: string }>('staff-acted')).filter(({ action }) => action === 'payment.startEventCancellation');
const nothingBegun = async () => {
  expect(await stage.db.query('SELECT 1 FROM event_cancellations WHERE event_id = $1', [event.eventId])).toEqual([]);
  expect(await startsSaid()).toEqual([]);
};
const sweepOnly = async () => {
  for (const due of await dueForSweep(stage.db)) await stage.db.transaction((tx) => sweep(tx, due));
};
const sweepsAgain = () => stage.db.query('UPDATE event_cancellations SET next_sweep_at = statement_timestamp()');

describe('a plan', () => {
  it('tells what the refunds will give back: the rest of partly refunded orders, fees, and by method; and what people must do', async () => {
    const [plain, partly, goodWill, transfer] = [
      await event.sell({ seats: 3 }),
      await event.sell({ seats: 4 }),
      await event.sell(),
      await event.owe(),
    ];
    await event.owe();
    await one.payment.markPaid(MarkPaid.parse({ paymentId: transfer.paymentId, reason: 'It is there' }), event.manager);
    await refundSeats(partly, 1);
    await one.payment.refundOrder(RefundOrder.parse({ paymentId: goodWill.paymentId, amountMinor: 500, reason: 'Noise' }), event.manager);
    await stage.db.query('UPDATE transactions SET amount_minor = amount_minor + 300, fee_minor = 300 WHERE id = $1', [plain.paymentId]);
    const plan = await event.plan();
    expect(plan).toMatchObject({
      ...{ orders: 4, seats: 10, totalMinor: 4800 + 4500 + 2500 + 3000, feesMinor: 300, refundedBeforeMinor: 2000, unpaidOrders: 1, currency: 'EUR' },
      perMethod: expect.arrayContaining([
        { method: 'online', provider: 'test', orders: 3, amountMinor: 11_800, automatic: true },
        { method: 'bank-transfer', provider: 'by-hand', orders: 1, amountMinor: 3000, automatic: false },
      ]),
      ...{ cannotRefund: [{ paymentId: transfer.paymentId, why: 'by-hand' }], cannotRefundOrders: 1 },
    });
    expect(await event.plan(event.manager, false)).toMatchObject({ totalMinor: 4500 + 4500 + 2500 + 3000, feesMinor: 0 });
    expect(await event.said('payment-refunded')).toHaveLength(2); // a dry run moves no money
  });

  it('names orders that earlier refunds cover, and payments so old that the provider may decline', async () => {
    const [covered, old] = [await event.sell(), await event.sell()];
    await declineRefunds(stage, covered, true);
    expect(await refundSeats(covered, 2)).toMatchObject({ status: 'FAILED' });
    await stage.db.query(`UPDATE transactions SET settled_at = settled_at - interval '200 days' WHERE id = $1`, [old.paymentId]);
    const { orders, cannotRefund } = await event.plan();
    expect(orders).toBe(1);
    expect(new Map(cannotRefund.map(({ paymentId, why }) => [paymentId, why]))).toEqual(
      new Map([
        [covered.paymentId, 'already-refunding'],
        [old.paymentId, 'capture-old'],
      ]),
    );
  });

  it('and its start are for managers of the event’s organisation', async () => {
    const strangers = [asUser(), asMember({ organisationId: crypto.randomUUID(), role: 'owner' })];
    const { eventId } = event;
    const calls = (by: typeof event.manager) => [
      () => one.payment.planEventCancellation({ eventId, withFees: true }, by),
      () => start('K7M2XW9R', by),
      () => one.payment.getEventCancellation({ eventId }, by),
    ];
    for (const stranger of strangers) for (const call of calls(stranger)) expect(await refusalOf(call())).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    for (const role of ['box-office', 'door'] as const)
      for (const call of calls(staff(role))) expect(await refusalOf(call())).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'manager' } });
    expect(await refusalOf(one.payment.getEventCancellation({ eventId }, event.manager))).toMatchObject({ code: 'CANCELLATION_NOT_STARTED' });
    await nothingBegun();
  });
});

describe('starting', () => {
  it('is refused while the event takes place, and says what to do', async () => {
    await event.sell();
    const { code } = await event.plan();
    expect(await refusalOf(start(code))).toEqual({ code: 'EVENT_NOT_CANCELLED', details: { status: 'PUBLISHED' } });
    await nothingBegun();
  });

  it('needs the code of this event and this manager, not older than 15 minutes; how it is written does not matter', async () => {
    await event.sell();
    await event.cancel();
    const { code, codeValidUntil } = await event.plan();
    const [clock] = await stage.db.query<{ now: Date }>('SELECT statement_timestamp() AS now');
    expect(Math.round((new Date(codeValidUntil).getTime() - (clock?.now.getTime() ?? 0)) / 60_000)).toBe(15);
    const other = await cancelledEvent(stage, one);
    await other.cancel();
    const colleague = asMember({ organisationId, role: 'owner' });
    const { code: others } = await other.plan();
    const wrong = [() => start('AAAAAAAA'), () => start(code, colleague), () => start(code, event.manager, other.eventId), () => start(others)];
    for (const call of wrong) expect(await refusalOf(call())).toMatchObject({ code: 'CANCELLATION_CODE_WRONG' });
    await stage.db.query(`UPDATE cancellation_plans SET valid_until = statement_timestamp() WHERE event_id = $1`, [event.eventId]);
    expect(await refusalOf(start(code))).toMatchObject({ code: 'CANCELLATION_CODE_WRONG' });
    await nothingBegun();
    const fresh = (await event.plan()).code;
    expect(await start(`${fresh.slice(0, 4).toLowerCase()}-${fresh.slice(4)}`)).toMatchObject({ status: 'RUNNING' });
  });

  it('is refused with the new figures when the plan has changed since', async () => {
    const order = await event.sell({ seats: 2 });
    await event.sell({ seats: 3 });
    await event.cancel();
    const { code } = await event.plan();
    await refundSeats(order, 1);
    expect(await refusalOf(start(code))).toEqual({
      code: 'CANCELLATION_PLAN_CHANGED',
      details: { orders: 2, seats: 4, totalMinor: 6000, feesMinor: 0, refundedBeforeMinor: 1500, unpaidOrders: 0, currency: 'EUR' },
    });
    await nothingBegun();
  });

  it('twice, and ten times at once in two processes, is one cancellation and one staff action with its reason', async () => {
    await event.sell();
    await event.cancel();
    const { code } = await event.plan();
    const processes = [one, two];
    const input = { eventId: event.eventId, code, reason: 'The hall burnt down' };
    const started = await Promise.all(Array.from({ length: 10 }, (_, n) => processes[n % 2]?.payment.startEventCancellation(input, event.manager)));
    expect(new Set(started.map((progress) => progress?.cancellationId)).size).toBe(1);
    expect(await start('AAAAAAAA')).toMatchObject({ cancellationId: started[0]?.cancellationId });
    expect(await startsSaid()).toEqual([
      expect.objectContaining({
        ...{ organisationId, eventId: event.eventId, userId: event.manager.actor.userId, action: 'payment.startEventCancellation' },
        ...{ subject: started[0]?.cancellationId, reason: 'The hall burnt down', detail: '1 orders' },
      }),
    ]);
  });
});

describe('the job', () => {
  it('refunds every order once, used tickets too, tells each customer once about all of his, and is done', async () => {
    const me = asUser();
    const orders = [await event.sell({ me, seats: 3 }), await event.sell({ me }), await event.sell({ seats: 4 })];
    const [first, , third] = orders as [SoldOrder, SoldOrder, SoldOrder];
    expect(stage.ticketing.enter(first.paymentId, first.seatIds[0] ?? '')).toBe(true);
    await refundSeats(third, 1);
    await event.cancel();
    const plan = await event.plan();
    const started = await start(plan.code);
    const done = await event.work(one, two, one, two);
    for (const order of orders) await whole(order);
    expect(done).toMatchObject({
      ...{ cancellationId: started.cancellationId, orders: 3, refunded: 3, ended: 0, failed: 0, waiting: 0, customers: 2, customersTold: 2 },
      ...{ amountMinor: plan.totalMinor, refundedMinor: plan.totalMinor, failedMinor: 0, failures: [] },
    });
    expect(plan.totalMinor).toBe(4500 + 3000 + 4500);
    expect(await toldOf()).toMatchObject(
      new Map([
        [me.actor.userId, { userId: me.actor.userId, amountMinor: 7500, failedMinor: 0, unpaidOrders: 0 }],
        [third.me.actor.userId, { userId: third.me.actor.userId, amountMinor: 4500, failedMinor: 0, unpaidOrders: 0 }],
      ]),
    );
    expect(await event.said('cancellation-settled')).toHaveLength(2);
    expect((await event.said<{ cancellationId: string | null }>('payment-refunded')).map(({ cancellationId }) => cancellationId).sort()).toEqual(
      [started.cancellationId, started.cancellationId, started.cancellationId, null].sort(),
    );
  });

  it('ends what was never paid, with its seats back on sale, and lists what people must pay back', async () => {
    const me = asUser();
    const unpaid = await event.owe(me);
    const [paid, declined] = [await event.owe(), await event.sell()];
    await one.payment.markPaid(MarkPaid.parse({ paymentId: paid.paymentId, reason: 'It is there' }), event.manager);
    await declineRefunds(stage, declined, true);
    await event.cancel();
    const { cancellationId } = await event.start();
    const done = await event.work(one);
    expect(done).toMatchObject({ orders: 3, refunded: 0, ended: 1, failed: 2, waiting: 0, refundedMinor: 0, failedMinor: 6000, customersTold: 3 });
    const failures = new Map(done.failures.map(({ paymentId, why, refundId }) => [paymentId, { why, refundId }]));
    expect(failures.get(paid.paymentId)?.why).toBe('by-hand');
    expect(failures.get(declined.paymentId)?.why).toBe('declined');
    expect(await one.payment.getPayment({ paymentId: unpaid.paymentId }, me)).toMatchObject({ status: 'FAILED' });
    expect(stage.booking.seatsSoldTo(unpaid.reservationId)).toEqual([]);
    const [failed] = await event.said('payment-failed');
    expect(failed).toMatchObject({ paymentId: unpaid.paymentId, reason: 'event-cancelled', refunded: false, cancellationId });
    expect(await toldOf()).toMatchObject(
      new Map([
        [me.actor.userId, { amountMinor: 0, failedMinor: 0, unpaidOrders: 1 }],
        [paid.me.actor.userId, { amountMinor: 0, failedMinor: 3000, unpaidOrders: 0 }],
        [declined.me.actor.userId, { amountMinor: 0, failedMinor: 3000, unpaidOrders: 0 }],
      ]),
    );
    // People go on where it could not, and nobody is told twice.
    await declineRefunds(stage, declined, false);
    await one.payment.retryRefund({ refundId: failures.get(declined.paymentId)?.refundId ?? '' }, event.manager);
    await one.payment.settleRefundByHand({ refundId: failures.get(paid.paymentId)?.refundId ?? '', reason: 'In cash' }, event.manager);
    await sweepsAgain();
    expect(await event.work(one)).toMatchObject({ refunded: 2, ended: 1, failed: 0, refundedMinor: 6000, failedMinor: 0, failures: [] });
    await whole(declined);
    expect(await event.said('cancellation-settled')).toHaveLength(3);
  });

  it('an order that its deadline, or its customer, ends while the job knows of it is told with the rest: by nobody else', async () => {
    const [overdue, givenUp, both] = [await event.owe(), await event.owe(), await event.sell()];
    const second = await event.owe(both.me);
    await event.cancel();
    const { cancellationId } = await event.start();
    await sweepOnly();
    await stage.db.query('UPDATE transactions SET pay_until = now(), next_check_at = now() WHERE id = ANY ($1)', [
      [overdue.paymentId, second.paymentId],
    ]);
    await one.run('give-up-overdue-payments');
    await one.payment.cancelPayment({ paymentId: givenUp.paymentId }, givenUp.me);
    expect(await event.work(one)).toMatchObject({ orders: 4, refunded: 1, ended: 3, customersTold: 3 });
    const failed = await event.said<{ paymentId: string; reason: string; cancellationId: string | null }>('payment-failed');
    expect(new Map(failed.map((fact) => [fact.paymentId, [fact.reason, fact.cancellationId]]))).toEqual(
      new Map([
        [overdue.paymentId, ['event-cancelled', cancellationId]],
        [second.paymentId, ['event-cancelled', cancellationId]],
        [givenUp.paymentId, ['not-paid', cancellationId]],
      ]),
    );
    expect((await toldOf()).get(both.me.actor.userId)).toMatchObject({ amountMinor: 3000, unpaidOrders: 1 });
  });

  it('an order that ended because of the cancellation, before the job began, is counted for who is told anyway, and tells the others by itself', async () => {
    const both = await event.sell();
    const [second, alone] = [await event.owe(both.me), await event.owe()];
    await event.cancel();
    await stage.db.query('UPDATE transactions SET pay_until = now(), next_check_at = now() WHERE id = ANY ($1)', [
      [alone.paymentId, second.paymentId],
    ]);
    await one.run('give-up-overdue-payments');
    await event.start();
    expect(await event.work(one)).toMatchObject({ orders: 2, refunded: 1, ended: 1, customers: 1, customersTold: 1 });
    const failed = await event.said<{ paymentId: string; reason: string; cancellationId: string | null }>('payment-failed');
    expect(failed.map(({ paymentId, reason, cancellationId }) => [paymentId, reason, cancellationId]).sort()).toEqual(
      [second, alone].map(({ paymentId }) => [paymentId, 'event-cancelled', null]).sort(),
    );
    expect((await toldOf()).get(both.me.actor.userId)).toMatchObject({ amountMinor: 3000, unpaidOrders: 1 });
  });

  it('is not done while a payment is undecided, and refunds one that is confirmed late, also when it was done', async () => {
    await event.sell();
    const late = await stage.customer(one.payment, 2, { eventId: event.eventId });
    one.world.breakAt(1, 'stops after'); // authorise, then confirmSeat
    const paying = one.payment.confirmPayment({ paymentId: late.paymentId, card }, late.me);
    await one.world.stopped();
    await event.cancel();
    await event.start();
    await eventually(async () => {
      await two.run('refund-cancelled-events');
      expect(await event.progress()).toMatchObject({ status: 'RUNNING', refunded: 1, waiting: 0, customersTold: 1 });
    });
    one.world.resume();
    await paying;
    one.world.reset();
    const done = await event.work(two);
    expect(done).toMatchObject({ orders: 2, refunded: 2, customersTold: 2 });
    // Booking forgot itself: a seat of the cancelled event is sold all the same.
    const again = await event.sell({ me: late.me });
    await sweepsAgain();
    await two.run('refund-cancelled-events');
    expect(await event.work(two)).toMatchObject({ orders: 3, refunded: 3, customers: 2, customersTold: 2, refundedMinor: 9000 });
    await whole(again);
    expect(await event.said('cancellation-settled')).toHaveLength(2);
    // Its customer had his mail: this refund is told by itself.
    const refunds = await event.said<{ paymentId: string; cancellationId: string | null }>('payment-refunded');
    expect(refunds.find(({ paymentId }) => paymentId === again.paymentId)?.cancellationId).toBeNull();
  });

  it('goes on when ticketing is back, and two processes that lose a third of their calls give nothing back twice', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, (_, n) => event.sell({ seats: 1 + (n % 4) })));
    await event.cancel();
    await event.start();
    stage.ticketing.goAway(true);
    await one.run('refund-cancelled-events');
    expect(await event.progress()).toMatchObject({ status: 'RUNNING', refunded: 0, waiting: 12, customersTold: 0 });
    stage.ticketing.goAway(false);
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (const process of [one, two]) process.world.loseSome(0.3, random);
    await eventually(
      async () => {
        for (const { paymentId } of orders) await stage.laterForRefunds(paymentId);
        await Promise.all([one, two].flatMap((process) => [process.run('settle-refunds'), process.run('refund-cancelled-events')]));
        expect((await event.progress()).status).toBe('DONE');
      },
      { withinMs: 50_000 },
    );
    for (const process of [one, two]) process.world.reset();
    for (const order of orders) await whole(order);
    expect(await event.said('cancellation-settled')).toHaveLength(12);
  });

  it('asks again for seats that an earlier refund gave up', async () => {
    const order = await event.sell({ seats: 2 });
    const [used = ''] = order.seatIds;
    stage.ticketing.goAway(true);
    await refundSeats(order, 1); // waits for ticketing
    await event.cancel();
    await event.start();
    await one.run('refund-cancelled-events');
    stage.ticketing.goAway(false);
    expect(stage.ticketing.enter(order.paymentId, used)).toBe(true);
    await eventually(async () => {
      await stage.laterForRefunds(order.paymentId);
      await one.run('settle-refunds');
      await sweepsAgain();
      await one.run('refund-cancelled-events');
      expect((await event.progress()).status).toBe('DONE');
    });
    const { refunds } = await refundBooks(stage, order.paymentId);
    expect(refunds.map(({ status, step, seatIds }) => [status, step, seatIds.length]).sort()).toEqual([
      ['DONE', 'SETTLED', 1],
      ['DONE', 'SETTLED', 1],
      ['FAILED', 'SETTLED', 1],
    ]);
    await expectRefundedSeats(order);
  });

  it('a fault of ours keeps an order waiting, is listed, and is tried again', async () => {
    const order = await event.sell();
    await event.sell();
    await event.cancel();
    await event.start();
    await stage.db.query(`ALTER TABLE refunds ADD CONSTRAINT broken CHECK (payment_id <> '${order.paymentId}') NOT VALID`);
    await one.run('refund-cancelled-events');
    const { failures, ...progress } = await event.progress();
    expect(progress).toMatchObject({ status: 'RUNNING', refunded: 1, waiting: 1, customersTold: 1 });
    expect(failures).toEqual([{ paymentId: order.paymentId, refundId: null, amountMinor: 3000, why: 'fault' }]);
    await stage.db.query('ALTER TABLE refunds DROP CONSTRAINT broken');
    await stage.db.query('UPDATE cancellation_orders SET next_at = statement_timestamp()');
    expect(await event.work(one)).toMatchObject({ refunded: 2, failures: [] });
  });
});

const expectRefundedSeats = async (order: SoldOrder) => {
  const { status, refundedSeats, given } = await refundBooks(stage, order.paymentId);
  expect({ status, refundedSeats, given: given.reduce((sum, amount) => sum + amount, 0) }).toEqual({
    status: 'REFUNDED',
    refundedSeats: [...order.seatIds].sort(),
    given: 1500 * order.seatIds.length,
  });
};

it('the pace is one for all replicas: each turn comes after the one before, whoever takes it', async () => {
  const everyMs = 600_000;
  const first = await takeTurn(stage.db, everyMs);
  const turns = await Promise.all(Array.from({ length: 6 }, () => takeTurn(stage.db, everyMs)));
  await stage.db.query('UPDATE refund_pace SET next_at = statement_timestamp()');
  expect(turns.map((wait) => Math.round((wait - first) / everyMs)).sort()).toEqual([1, 2, 3, 4, 5, 6]);
});
