import { randomUUID } from 'node:crypto';
import { Order } from '@boxoffice/contracts';
import { asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectRefunded, soldOrder, staff } from '../../test/orders.ts';
import { freshStage, type PaymentProcess, refusalOf, type Stage } from '../../test/stage.ts';
import { defaultSettings } from '../domain/event-payments.ts';
import { keepEventPayments } from '../persistence/event-payments.sql.ts';

const hour = 3_600_000;
let stage: Stage;
let process: PaymentProcess;
let terms: { cancelUntilHours: number | null; keepFees: boolean; startsAt: Date };
const open = () => ({ cancelUntilHours: 24, keepFees: true, startsAt: new Date(Date.now() + 25 * hour) });
beforeAll(async () => {
  stage = await freshStage();
  process = await stage.process();
});
afterAll(() => stage.close());

let eventId: string;
let revision = 0;
/** What the organiser says of the event from now on. */
const say = async (said: typeof terms) => {
  terms = said;
  const { startsAt, cancelUntilHours, keepFees } = said;
  eventId = await stage.event({ eventId, startsAt: startsAt.toISOString(), revision: ++revision });
  const settings = { ...defaultSettings, cancelUntilHours, keepFees };
  await stage.db.transaction((tx) => keepEventPayments(tx, eventId, { settings, userId: randomUUID() }));
};
const sold = async (seats = 2) => {
  eventId = randomUUID();
  await say(open());
  return soldOrder(stage, process, { seats, eventId });
};

it('gives the customer his money back while he may: one seat, then the rest', async () => {
  const order = await sold();
  const shown = Order.parse(await process.payment.getOrder({ paymentId: order.paymentId }, order.me));
  expect(shown.cancellableUntil).toBe(new Date(terms.startsAt.getTime() - 24 * hour).toISOString());
  const seatIds = order.seatIds.slice(0, 1);
  expect(await process.payment.cancelOrder({ paymentId: order.paymentId, seatIds }, order.me)).toMatchObject({ status: 'DONE', seatIds });
  await expectRefunded(stage, order, { seatIds, amountMinor: 1500 });
  expect(await process.payment.cancelOrder({ paymentId: order.paymentId }, order.me)).toMatchObject({ status: 'DONE', amountMinor: 1500 });
  await expectRefunded(stage, order, { seatIds: order.seatIds, amountMinor: 3000 });
  expect(await refusalOf(process.payment.cancelOrder({ paymentId: order.paymentId }, order.me))).toMatchObject({ code: 'ALREADY_REFUNDED' });
});

it('keeps the fees or gives them back, as the organiser says', async () => {
  const withFees = async (keepFees: boolean) => {
    const order = await sold(1);
    await say({ ...open(), keepFees });
    await stage.db.query('UPDATE transactions SET amount_minor = amount_minor + 200, fee_minor = 200 WHERE id = $1', [order.paymentId]);
    await stage.db.query(`UPDATE test_provider_charges SET amount_minor = amount_minor + 200 WHERE key LIKE $1 || ':%'`, [order.paymentId]);
    return process.payment.cancelOrder({ paymentId: order.paymentId }, order.me);
  };
  expect(await withFees(true)).toMatchObject({ status: 'DONE', amountMinor: 1500, feeMinor: 0 });
  expect(await withFees(false)).toMatchObject({ status: 'DONE', amountMinor: 1700, feeMinor: 200 });
});

it('is closed when the organiser does not allow it, when it is too late, and while the start is not known', async () => {
  const order = await sold();
  const cancel = () => refusalOf(process.payment.cancelOrder({ paymentId: order.paymentId }, order.me));
  await say({ ...open(), cancelUntilHours: null });
  expect(await cancel()).toEqual({ code: 'CANCELLATION_CLOSED', details: { until: null } });
  for (const table of ['event_payment_settings', 'event_facts']) await stage.db.query(`DELETE FROM ${table} WHERE event_id = $1`, [eventId]);
  expect(await cancel()).toEqual({ code: 'CANCELLATION_CLOSED', details: { until: null } });
  await say({ ...open(), startsAt: new Date(Date.now() + 23 * hour) });
  const until = new Date(terms.startsAt.getTime() - 24 * hour).toISOString();
  expect(await cancel()).toEqual({ code: 'CANCELLATION_CLOSED', details: { until } });
  await expectRefunded(stage, order, { seatIds: [], amountMinor: 0 });
});

it('without any terms customers may not cancel', async () => {
  const order = await soldOrder(stage, process);
  expect(await refusalOf(process.payment.cancelOrder({ paymentId: order.paymentId }, order.me))).toEqual({
    code: 'CANCELLATION_CLOSED',
    details: { until: null },
  });
});

it('answers the same key the same, also when it is too late by then', async () => {
  const order = await sold();
  const me = { ...order.me, idempotencyKey: 'cancel-1' };
  const first = await process.payment.cancelOrder({ paymentId: order.paymentId, seatIds: order.seatIds.slice(0, 1) }, me);
  await say({ ...open(), cancelUntilHours: null });
  expect(await process.payment.cancelOrder({ paymentId: order.paymentId, seatIds: order.seatIds.slice(0, 1) }, me)).toEqual(first);
  expect(await refusalOf(process.payment.cancelOrder({ paymentId: order.paymentId }, me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  expect(await refusalOf(process.payment.cancelOrder({ paymentId: order.paymentId }, { ...me, idempotencyKey: 'cancel-2' }))).toMatchObject({
    code: 'CANCELLATION_CLOSED',
  });
});

it('is for its own customer alone, for paid orders, and not for used tickets', async () => {
  const order = await sold();
  for (const other of [asUser(), staff('owner')])
    expect(await refusalOf(process.payment.cancelOrder({ paymentId: order.paymentId }, other))).toEqual({ code: 'PAYMENT_NOT_FOUND', details: {} });
  const pending = await stage.customer(process.payment, 1, { eventId });
  expect(await refusalOf(process.payment.cancelOrder({ paymentId: pending.paymentId }, pending.me))).toEqual({
    code: 'PAYMENT_NOT_CONFIRMED',
    details: { status: 'PENDING' },
  });
  stage.ticketing.enter(order.paymentId, order.seatIds[0] ?? '');
  expect(await refusalOf(process.payment.cancelOrder({ paymentId: order.paymentId }, order.me))).toMatchObject({ code: 'TICKET_ALREADY_USED' });
  const seatIds = order.seatIds.slice(1);
  expect(await process.payment.cancelOrder({ paymentId: order.paymentId, seatIds }, order.me)).toMatchObject({ status: 'DONE', seatIds });
});
