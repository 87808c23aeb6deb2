import { randomUUID } from 'node:crypto';
import { asMember, asUser, eventually } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf, stepsOf } from '../../test/books.ts';
import { awaitingCustomer, deadlinePassed, openEvent, refusalOf, staff } from '../../test/by-hand.ts';
import { freshStage, type PaymentProcess, type Stage } from '../../test/stage.ts';
import { afterAwaiting } from '../domain/payment.ts';
import { giveUpAwaiting } from '../persistence/await-money.sql.ts';

let stage: Stage;
let one: PaymentProcess;
let two: PaymentProcess;
let eventId: string;
const reason = 'on the bank statement';
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process();
  two = await stage.process();
  eventId = await openEvent(stage, one);
});
afterAll(() => stage.close());

const topicsOf = async (paymentId: string) => (await messagesOf(stage.db, paymentId)).map(({ topic }) => topic);

describe('markPaid', () => {
  it('confirms the payment, says so once, and answers the same a second time, by id or by reference', async () => {
    const { paymentId, reservationId, reference, me } = await awaitingCustomer(stage, one, eventId);
    const clerk = staff();
    const paid = await one.payment.markPaid({ reference, reason }, clerk);
    expect(paid).toMatchObject({ paymentId, status: 'CONFIRMED', waitingFor: null, feeMinor: 100 });
    expect(await two.payment.markPaid({ paymentId, reason: 'again' }, staff('manager'))).toEqual(paid);
    expect(await topicsOf(paymentId)).toEqual(['payment-awaited', 'payment-confirmed']);
    expect(await stepsOf(stage.db, paymentId)).toEqual(['CONFIRMING_SEATS confirmed', 'AWAITING_MONEY paid']);
    const kept = await stage.db.query('SELECT paid_by, paid_reason, captured FROM transactions WHERE id = $1', [paymentId]);
    expect(kept).toEqual([{ paid_by: clerk.actor.userId, paid_reason: reason, captured: true }]);
    expect(await stage.booking.soldTo(reservationId)).toBe(paymentId);
    expect(await refusalOf(one.payment.cancelPayment({ paymentId }, me))).toEqual({ code: 'PAYMENT_NOT_PENDING', details: { status: 'CONFIRMED' } });
  });

  it('20 times at once on two processes is one confirmation', async () => {
    const { paymentId } = await awaitingCustomer(stage, one, eventId);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).payment.markPaid({ paymentId, reason }, staff())));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await topicsOf(paymentId)).toEqual(['payment-awaited', 'payment-confirmed']);
  });

  it('finds nothing for strangers and other organisations, and needs box office', async () => {
    const { paymentId, reference, me } = await awaitingCustomer(stage, one, eventId);
    for (const caller of [me, asUser(), asMember({ organisationId: randomUUID(), role: 'owner' })])
      for (const which of [{ paymentId }, { reference }])
        expect(await refusalOf(one.payment.markPaid({ ...which, reason }, caller))).toEqual({ code: 'PAYMENT_NOT_FOUND', details: {} });
    expect(await refusalOf(one.payment.markPaid({ paymentId, reason }, staff('door')))).toEqual({
      code: 'ROLE_REQUIRED',
      details: { role: 'box-office' },
    });
    expect(await refusalOf(one.payment.markPaid({ paymentId: randomUUID(), reason }, staff()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'staff' });
  });

  it('is refused for what nobody waits for: not confirmed by its customer, or paid online', async () => {
    const created = await stage.customer(one.payment, 1, { eventId, method: 'at-door' });
    expect(await refusalOf(one.payment.markPaid({ paymentId: created.paymentId, reason }, staff()))).toEqual({
      code: 'PAYMENT_NOT_AWAITED',
      details: { method: 'at-door' },
    });
    const online = await stage.customer(one.payment, 1, { eventId });
    expect(await refusalOf(one.payment.markPaid({ paymentId: online.paymentId, reason }, staff()))).toEqual({
      code: 'PAYMENT_NOT_AWAITED',
      details: { method: 'online' },
    });
  });
});

describe('the deadline', () => {
  it('ends the payment and puts its seats back on sale; money that comes then is refused', async () => {
    const { paymentId, reservationId, reference, me } = await awaitingCustomer(stage, one, eventId);
    await deadlinePassed(stage, paymentId);
    expect(await one.run('give-up-overdue-payments')).toBe(1);
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'FAILED', failureReason: expect.stringContaining('in time') });
    expect(await stage.booking.isFree(reservationId)).toBe(true);
    expect(await messagesOf(stage.db, paymentId)).toMatchObject([{}, { topic: 'payment-failed', payload: { reason: 'not-paid', refunded: false } }]);
    expect(await refusalOf(one.payment.markPaid({ reference, reason }, staff()))).toEqual({
      code: 'PAYMENT_NOT_PENDING',
      details: { status: 'FAILED' },
    });
    expect(await refusalOf(one.payment.confirmPayment({ paymentId }, me))).toEqual({ code: 'PAYMENT_NOT_PENDING', details: { status: 'FAILED' } });
  });

  it('that has not come ends nothing, whenever somebody looks', async () => {
    const { paymentId, me } = await awaitingCustomer(stage, one, eventId);
    await stage.later(paymentId);
    await one.run('give-up-overdue-payments');
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'staff' });
  });

  it('with booking silent: money is refused from then on, the seats come back when it answers', async () => {
    const { paymentId, reservationId } = await awaitingCustomer(stage, one, eventId);
    await deadlinePassed(stage, paymentId);
    one.world.reset();
    one.world.breakAt(0, 'request lost');
    await one.run('give-up-overdue-payments');
    expect(await stage.booking.isFree(reservationId)).toBe(false);
    expect(await refusalOf(one.payment.markPaid({ paymentId, reason }, staff()))).toEqual({
      code: 'PAYMENT_NOT_PENDING',
      details: { status: 'FAILED' },
    });
    await stage.later(paymentId);
    await two.run('reconcile-payments');
    expect(await stage.booking.isFree(reservationId)).toBe(true);
    expect(await topicsOf(paymentId)).toEqual(['payment-awaited', 'payment-failed']);
    one.world.reset();
  });

  it('that ends the waiting after staff’s call has looked: the money is refused', async () => {
    const { paymentId, me } = await awaitingCustomer(stage, one, eventId);
    const { next } = afterAwaiting({ status: 'PENDING', step: 'AWAITING_MONEY', method: 'at-door', captured: false, failure: null }, 'nothing');
    const { marked } = await stage.db.transaction(async (tx) => {
      await giveUpAwaiting(tx, { paymentId, userId: me.actor.userId, next, driver: randomUUID(), leaseMs: 1 });
      const call = refusalOf(one.payment.markPaid({ paymentId, reason }, staff()));
      await eventually(async () => {
        const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        expect(await stage.db.query(waiting)).toHaveLength(1);
      });
      return { marked: call };
    });
    expect(await marked).toEqual({ code: 'PAYMENT_NOT_PENDING', details: { status: 'FAILED' } });
    await stage.later(paymentId);
    await two.run('reconcile-payments');
    expect(await topicsOf(paymentId)).toEqual(['payment-awaited', 'payment-failed']);
  });

  it('and the money at the same moment, on two processes: exactly one wins, 40 times', async () => {
    const ends = new Set<string>();
    for (let turn = 0; turn < 40; turn++) {
      const { paymentId, reservationId, me } = await awaitingCustomer(stage, one, eventId);
      await deadlinePassed(stage, paymentId);
      const pay = () => one.payment.markPaid({ paymentId, reason }, staff());
      const end = () => two.run('give-up-overdue-payments');
      const [first, second] = turn % 2 ? [pay, end] : [end, pay];
      const results = await Promise.allSettled([first(), second()]);
      const { status } = await one.payment.getPayment({ paymentId }, me);
      ends.add(status);
      expect(results.filter((result) => result.status === 'rejected')).toHaveLength(status === 'FAILED' ? 1 : 0);
      expect(await stage.booking.soldTo(reservationId)).toBe(status === 'CONFIRMED' ? paymentId : undefined);
      expect(await topicsOf(paymentId)).toEqual(['payment-awaited', status === 'CONFIRMED' ? 'payment-confirmed' : 'payment-failed']);
    }
    expect([...ends].sort()).toEqual(['CONFIRMED', 'FAILED']);
  });

  it('is now when the event is cancelled, and never later than an earlier start', async () => {
    const doomed = await openEvent(stage, one);
    const sale = await awaitingCustomer(stage, one, doomed);
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    await stage.event({ eventId: doomed, revision: 2, startsAt });
    expect(await one.payment.getPayment({ paymentId: sale.paymentId }, sale.me)).toMatchObject({ payUntil: new Date(startsAt) });
    await stage.event({ eventId: doomed, revision: 3, startsAt, status: 'CANCELLED' });
    await one.run('give-up-overdue-payments');
    expect(await one.payment.getPayment({ paymentId: sale.paymentId }, sale.me)).toMatchObject({ status: 'FAILED' });
    expect(await stage.booking.isFree(sale.reservationId)).toBe(true);
  });
});

describe('a customer who gives up while it waits', () => {
  it('gives the seats back; a second call, and one after the deadline, answer the same', async () => {
    const { paymentId, reservationId, me } = await awaitingCustomer(stage, one, eventId);
    const cancelled = await one.payment.cancelPayment({ paymentId }, { ...me, idempotencyKey: 'c' });
    expect(cancelled).toMatchObject({ status: 'FAILED', waitingFor: null });
    expect(await stage.booking.isFree(reservationId)).toBe(true);
    for (const key of ['c', 'd']) expect(await two.payment.cancelPayment({ paymentId }, { ...me, idempotencyKey: key })).toEqual(cancelled);
    expect(await topicsOf(paymentId)).toEqual(['payment-awaited', 'payment-failed']);
    expect(await refusalOf(one.payment.markPaid({ paymentId, reason }, staff()))).toEqual({
      code: 'PAYMENT_NOT_PENDING',
      details: { status: 'FAILED' },
    });
  });

  it('is nobody else', async () => {
    const { paymentId, me } = await awaitingCustomer(stage, one, eventId);
    expect(await refusalOf(one.payment.cancelPayment({ paymentId }, asUser()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ waitingFor: 'staff' });
  });

  it('and the money at the same moment: exactly one wins, 20 times', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const { paymentId, reservationId, me } = await awaitingCustomer(stage, one, eventId);
      const pay = () => two.payment.markPaid({ paymentId, reason }, staff());
      const cancel = () => one.payment.cancelPayment({ paymentId }, me);
      const results = await Promise.allSettled(turn % 2 ? [pay(), cancel()] : [cancel(), pay()]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const { status } = await one.payment.getPayment({ paymentId }, me);
      expect(await stage.booking.soldTo(reservationId)).toBe(status === 'CONFIRMED' ? paymentId : undefined);
      expect(await topicsOf(paymentId)).toHaveLength(2);
    }
  });
});

it('counts what is past its deadline, by step, and not what still waits', async () => {
  const { paymentId } = await awaitingCustomer(stage, one, eventId);
  await awaitingCustomer(stage, one, eventId);
  await stage.db.query(`UPDATE transactions SET pay_until = statement_timestamp() - interval '2 minutes' WHERE id = $1`, [paymentId]);
  expect(await one.metrics.text()).toMatch(/boxoffice_payments_overdue\{step="AWAITING_MONEY"\} 1\n/);
  expect(await one.metrics.text()).toMatch(/boxoffice_payments_undecided 0\n/);
});

it('the table itself refuses a payment by hand that asks a provider, or waits without a reference', async () => {
  const { paymentId } = await awaitingCustomer(stage, one, eventId);
  const set = (change: string) => stage.db.query(`UPDATE transactions SET ${change} WHERE id = $1`, [paymentId]);
  await expect(set(`step = 'CAPTURING'`)).rejects.toThrow('transactions_by_hand_shape');
  await expect(set('reference = NULL')).rejects.toThrow('transactions_awaiting_shape');
  await expect(set(`method = 'online'`)).rejects.toThrow('transactions_awaiting_shape');
  const { reference } = await awaitingCustomer(stage, one, eventId);
  await expect(set(`reference = '${reference}'`)).rejects.toThrow('transactions_reference');
});
