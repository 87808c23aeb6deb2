import { eventually } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepsOf } from '../test/books.ts';
import { type Fault, faults } from '../test/faults.ts';
import { expectRefunded, refundBooks, type SoldOrder, soldOrder, staff, wish } from '../test/orders.ts';
import { freshStage, type PaymentProcess, refusalOf, type Stage } from '../test/stage.ts';
import { readPayments } from './persistence/find-payments.ts';
import { refundLateCapture } from './refund-late-capture.ts';

let stage: Stage;
/** The process that is broken in the middle of its work, and the one that goes on. */
let broken: PaymentProcess;
let healthy: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  // A stopped process hears nothing, not even its own deadlines.
  broken = await stage.process({ PROVIDER_DEADLINE_MS: 10_000, CONFIRM_ANSWER_MS: 50 });
  healthy = await stage.process({ PROVIDER_DEADLINE_MS: 5_000 }); // a busy machine is no silent provider
});
afterAll(() => stage.close());

const sold = (seats = 2) => soldOrder(stage, healthy, { seats });
const refund = (process: PaymentProcess, order: SoldOrder, given: Parameters<typeof wish>[1] = {}) =>
  process.payment.refundOrder(wish(order.paymentId, given), staff());
const open = (order: SoldOrder) => stage.db.query(`SELECT 1 FROM refunds WHERE payment_id = $1 AND status = 'PENDING'`, [order.paymentId]);
/** The others find the refund and settle it, however many looks that takes. */
const settled = (order: SoldOrder) =>
  eventually(async () => {
    await stage.laterForRefunds(order.paymentId);
    await healthy.run('settle-refunds');
    expect(await open(order)).toEqual([]);
  });
/** Everything the broken process had still to write is written. */
const quiet = ({ paymentId }: SoldOrder) =>
  eventually(async () =>
    expect(await stage.db.query('SELECT 1 FROM payment_steps WHERE payment_id = $1 AND answered_at IS NULL', [paymentId])).toEqual([]),
  );
const undriven = ({ paymentId }: SoldOrder) =>
  eventually(async () => expect(await stage.db.query('SELECT 1 FROM refunds WHERE payment_id = $1 AND driver IS NOT NULL', [paymentId])).toEqual([]));
const onlyRefund = async ({ paymentId }: SoldOrder) => (await refundBooks(stage, paymentId)).refunds[0] ?? expect.fail('no refund');

type Kind = { given: 'seat' | 'order' | 'amount'; calls: string[] };
const kinds: Record<string, Kind> = {
  'one seat of two': { given: 'seat', calls: ['cancelTickets', 'refund', 'returnSeats'] },
  'the whole order': { given: 'order', calls: ['cancelTickets', 'refund', 'returnSeats'] },
  'good will': { given: 'amount', calls: ['refund'] },
};
function wanted(order: SoldOrder, { given }: Kind) {
  if (given === 'amount') return { given: { amountMinor: 700 }, ends: { seatIds: [], amountMinor: 700 } };
  const seatIds = given === 'seat' ? order.seatIds.slice(0, 1) : order.seatIds;
  return { given: given === 'seat' ? { seatIds } : {}, ends: { seatIds, amountMinor: 1500 * seatIds.length } };
}

async function survives(kind: Kind, call: number, fault: Fault): Promise<void> {
  const order = await sold();
  const { given, ends } = wanted(order, kind);
  broken.world.reset();
  broken.world.breakAt(call, fault);
  const answer = refund(broken, order, given);
  if (fault.startsWith('stops')) await broken.world.stopped();
  else
    await eventually(async () => {
      expect(broken.world.calls.length).toBeGreaterThan(call);
      await undriven(order);
    });
  await settled(order);
  await expectRefunded(stage, order, ends);
  // The seats that came back are sold again before the sleeper wakes up and repeats its question: they stay where they are.
  const resold = ends.seatIds.length > 0 ? stage.booking.resell(order.reservationId, ends.seatIds) : undefined;
  broken.world.resume();
  await answer;
  await quiet(order);
  await expectRefunded(stage, order, ends);
  if (resold) expect(stage.booking.seatsSoldTo(resold).sort()).toEqual([...ends.seatIds].sort());
}

describe.each(Object.entries(kinds))('a refund of %s', (_, kind) => {
  it('makes these calls when nothing goes wrong', async () => {
    const order = await sold();
    healthy.world.reset();
    const { given, ends } = wanted(order, kind);
    expect(await refund(healthy, order, given)).toMatchObject({ status: 'DONE' });
    expect(healthy.world.calls.filter((call) => call !== 'lookUpRefund')).toEqual(kind.calls);
    await expectRefunded(stage, order, ends);
  });

  it.each(faults)('ends refunded once when the process or the wire breaks at any call: %s', async (fault) => {
    for (const call of kind.calls.keys()) await survives(kind, call, fault);
  });
});

it('every question was written, under its key, before it was asked', async () => {
  const order = await sold();
  broken.world.reset();
  broken.world.breakAt(1, 'stops before'); // the provider, after ticketing
  const answer = refund(broken, order);
  await broken.world.stopped();
  const { id } = await onlyRefund(order);
  const asked = await stage.db.query<{ step: string; key: string; answered: boolean }>(
    `SELECT step, key, answered_at IS NOT NULL AS answered FROM payment_steps WHERE payment_id = $1 AND step LIKE 'REFUND:%' ORDER BY id`,
    [order.paymentId],
  );
  expect(asked).toEqual([
    { step: 'REFUND:CANCELLING_TICKETS', key: `${id}:cancelling-tickets`, answered: true },
    { step: 'REFUND:REFUNDING', key: `${id}:refund:1`, answered: false },
  ]);
  broken.world.resume();
  await answer;
  await quiet(order);
});

describe('a provider that', () => {
  it('cannot be reached: the refund stays PENDING, is counted, and ends when it is back', async () => {
    const order = await sold(1);
    broken.world.reset();
    broken.world.breakAt(1, 'request lost');
    expect(await refund(broken, order)).toMatchObject({ status: 'PENDING' });
    await undriven(order);
    const shown = await healthy.payment.getOrder({ paymentId: order.paymentId }, staff());
    expect(shown).toMatchObject({ refundedMinor: 0, refunds: [{ status: 'PENDING', waitingFor: 'provider' }], payment: { status: 'CONFIRMED' } });
    expect(await healthy.metrics.text()).toMatch(/^boxoffice_refunds_undecided(\{.*\})? 1$/m);
    await settled(order);
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 1500 });
    const metrics = await healthy.metrics.text();
    expect(metrics).toMatch(/^boxoffice_refunds_undecided(\{.*\})? 0$/m);
    expect(metrics).toMatch(/^boxoffice_refunds_oldest_undecided_seconds(\{.*\})? 0$/m);
    expect(metrics).toMatch(/^boxoffice_refunds_total\{.*status="DONE".*\} [1-9]/m);
  });

  it('gave the money and whose reply was lost is asked what became of it, not asked again', async () => {
    const order = await sold(1);
    broken.world.reset();
    broken.world.breakAt(1, 'reply lost');
    await refund(broken, order);
    await undriven(order);
    healthy.world.reset();
    await stage.laterForRefunds(order.paymentId);
    await stage.db.query('UPDATE refunds SET attempts = 1 WHERE payment_id = $1', [order.paymentId]); // one try more than the first
    await healthy.run('settle-refunds');
    expect(healthy.world.calls).toEqual(['lookUpRefund', 'returnSeats']);
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 1500 });
  });

  /** The merchant gave the money back in the provider's own dashboard: it declines every further refund, for good. */
  const emptied = (order: SoldOrder, status: string) =>
    stage.db.query(`UPDATE test_provider_charges SET status = $2 WHERE key LIKE $1 || ':%'`, [order.paymentId, status]);
  const declined = async () => {
    const order = await sold(1);
    await emptied(order, 'refunded');
    const refused = await refund(healthy, order);
    expect(refused).toMatchObject({ status: 'FAILED', waitingFor: 'staff', failureReason: expect.stringContaining('declined') });
    return { order, refundId: refused.refundId };
  };

  it('declines for good: FAILED, listed, its seats and its money stay taken, nobody asks by himself', async () => {
    const { order, refundId } = await declined();
    healthy.world.reset();
    await stage.laterForRefunds(order.paymentId);
    await healthy.run('settle-refunds');
    expect(healthy.world.calls).toEqual([]);
    expect(await healthy.payment.getOrder({ paymentId: order.paymentId }, staff('box-office'))).toMatchObject({
      refunds: [{ refundId, status: 'FAILED', waitingFor: 'staff' }],
      refundedMinor: 0,
    });
    expect(await refusalOf(refund(healthy, order, { seatIds: order.seatIds }))).toMatchObject({ code: 'ALREADY_REFUNDED' });
    expect(await refusalOf(refund(healthy, order, { amountMinor: 1 }))).toMatchObject({ code: 'REFUND_TOO_MUCH', details: { leftMinor: 0 } });
    expect(stage.booking.seatsSoldTo(order.reservationId)).toEqual(order.seatIds);
    expect(healthy.log()).toContain('"status":"FAILED"');
  });

  it('is asked again under a new key when staff says so: once, however many say it', async () => {
    const { order, refundId } = await declined();
    await emptied(order, 'captured');
    for (const role of ['box-office', 'door'] as const)
      expect(await refusalOf(healthy.payment.retryRefund({ refundId }, staff(role)))).toMatchObject({ code: 'ROLE_REQUIRED' });
    expect(await refusalOf(healthy.payment.retryRefund({ refundId }, order.me))).toMatchObject({ code: 'REFUND_NOT_FOUND' });
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => healthy.payment.retryRefund({ refundId }, staff())));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 1500 });
    expect(await refusalOf(healthy.payment.retryRefund({ refundId }, staff()))).toEqual({ code: 'REFUND_NOT_FAILED', details: { status: 'DONE' } });
    expect(await stepsOf(stage.db, order.paymentId)).toEqual(
      expect.arrayContaining(['REFUND:REFUNDING declined: card-declined', 'REFUND:REFUNDING approved']),
    );
  });

  it('declines again: FAILED again; then the money is given by hand, the seats go back, and it is told once', async () => {
    const { order, refundId } = await declined();
    expect(await healthy.payment.retryRefund({ refundId }, staff())).toMatchObject({ status: 'FAILED' });
    expect(await refusalOf(healthy.payment.settleRefundByHand({ refundId, reason: 'cash' }, staff('box-office')))).toMatchObject({
      code: 'ROLE_REQUIRED',
    });
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () => healthy.payment.settleRefundByHand({ refundId, reason: 'paid out at the counter' }, staff())),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { refunds, given, told, status } = await refundBooks(stage, order.paymentId);
    expect([refunds[0]?.status, given, told.length, status]).toEqual(['DONE', [], 1, 'REFUNDED']);
    expect(stage.booking.returnsOf(order.seatIds[0] ?? '')).toBe(1);
    expect(await stage.db.query('SELECT settled_reason FROM refunds WHERE id = $1', [refundId])).toEqual([
      { settled_reason: 'paid out at the counter' },
    ]);
  });

  it('declines good will: by hand it is done at once and told', async () => {
    const order = await sold(1);
    await emptied(order, 'refunded');
    const { refundId } = await refund(healthy, order, { amountMinor: 500 });
    expect(await healthy.payment.settleRefundByHand({ refundId, reason: 'voucher' }, staff())).toMatchObject({ status: 'DONE', amountMinor: 500 });
    expect((await refundBooks(stage, order.paymentId)).told).toMatchObject([{ refundId, kind: 'amount', amountMinor: 500, seatIds: [] }]);
    expect(await refusalOf(healthy.payment.settleRefundByHand({ refundId, reason: 'again' }, staff()))).toEqual({
      code: 'REFUND_NOT_FAILED',
      details: { status: 'DONE' },
    });
  });
});

it('money that no provider has waits for staff, after the tickets ended, and its seats are returned when it was given', async () => {
  const order = await sold(1);
  await stage.db.query(`UPDATE transactions SET provider = 'by-hand', method = 'bank-transfer' WHERE id = $1`, [order.paymentId]);
  const waiting = await refund(healthy, order);
  expect(waiting).toMatchObject({ status: 'PENDING', waitingFor: 'staff' });
  expect(stage.ticketing.ended(order.paymentId).size).toBe(1);
  expect(await refusalOf(healthy.payment.retryRefund({ refundId: waiting.refundId }, staff()))).toMatchObject({ code: 'REFUND_NOT_FAILED' });
  await healthy.run('settle-refunds');
  expect(stage.booking.seatsSoldTo(order.reservationId)).toEqual(order.seatIds);
  expect(await healthy.payment.settleRefundByHand({ refundId: waiting.refundId, reason: 'transferred' }, staff())).toMatchObject({ status: 'DONE' });
  expect(stage.booking.seatsSoldTo(order.reservationId)).toEqual([]);
});

it('while ticketing is away nobody gets money; when it is back it goes on', async () => {
  const order = await sold(1);
  stage.ticketing.goAway(true);
  expect(await refund(healthy, order)).toMatchObject({ status: 'PENDING', waitingFor: 'ticketing' });
  expect((await refundBooks(stage, order.paymentId)).given).toEqual([]);
  stage.ticketing.goAway(false);
  await settled(order);
  await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 1500 });
});

it('processes that look at once share the work: no question is asked twice', async () => {
  stage.ticketing.goAway(true);
  const orders = await Promise.all(Array.from({ length: 20 }, () => sold(1)));
  for (const order of orders) await refund(healthy, order);
  stage.ticketing.goAway(false);
  for (const order of orders) await stage.laterForRefunds(order.paymentId);
  for (const { world } of [healthy, broken]) world.reset();
  await Promise.all([healthy, broken, healthy, broken].map((process) => process.run('settle-refunds')));
  for (const order of orders) await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 1500 });
  const calls = [...healthy.world.calls, ...broken.world.calls];
  for (const name of ['cancelTickets', 'refund', 'returnSeats']) expect(calls.filter((call) => call === name)).toHaveLength(20);
});

describe('money that was captured after all', () => {
  it('goes back whole, once, and is told as such', async () => {
    const { me, paymentId } = await stage.customer(healthy.payment);
    await healthy.payment.cancelPayment({ paymentId }, me);
    await stage.db.query(
      `INSERT INTO test_provider_charges (key, reference, card_last4, amount_minor, currency, status) VALUES ($1, gen_random_uuid(), '4242', 3000, 'EUR', 'captured')`,
      [`${paymentId}:authorising`],
    );
    const [payment] = await readPayments(stage.db, [paymentId]);
    if (!payment) throw new Error('no payment');
    const [first, second] = await Promise.all([refundLateCapture(stage, payment), refundLateCapture(stage, payment)]);
    expect(second?.id).toBe(first?.id);
    await healthy.run('settle-refunds');
    const { refunds, given, told, status } = await refundBooks(stage, paymentId);
    expect([refunds.map(({ kind, status: is }) => `${kind} ${is}`), given, status]).toEqual([['late-capture DONE'], [3000], 'CANCELLED']);
    expect(told).toMatchObject([{ kind: 'late-capture', seatIds: [], amountMinor: 3000 }]);
  });

  it('is not given back where the payment was confirmed', async () => {
    const order = await sold(1);
    const [payment] = await readPayments(stage.db, [order.paymentId]);
    if (!payment) throw new Error('no payment');
    await expect(refundLateCapture(stage, payment)).rejects.toThrow('did not come too late');
    expect((await refundBooks(stage, order.paymentId)).refunds).toEqual([]);
  });
});
