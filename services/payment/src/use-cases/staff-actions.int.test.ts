import { afterAll, beforeAll, expect, it } from 'vitest';
import { awaitingCustomer, openEvent, refusalOf } from '../../test/by-hand.ts';
import { soldOrder, staff, wish } from '../../test/orders.ts';
import { freshStage, type PaymentProcess, type Stage } from '../../test/stage.ts';

let stage: Stage;
let one: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process();
});
afterAll(() => stage.close());

/** What was said of staff so far, in its order: action, subject, reason, who. */
const acts = () =>
  stage.db.query<{ action: string; subject: string; reason: string | null; userId: string }>(
    `SELECT p ->> 'action' AS action, p ->> 'subject' AS subject, p ->> 'reason' AS reason, p ->> 'userId' AS "userId"
     FROM (SELECT envelope::jsonb -> 'payload' AS p, position FROM outbox WHERE topic = 'staff-acted') said ORDER BY position`,
  );

it('what staff do with money is said once, with who and why; what was refused or repeated is not', async () => {
  const eventId = await openEvent(stage, one);
  const { paymentId: awaited } = await awaitingCustomer(stage, one, eventId);
  const clerk = staff('box-office');
  for (let turn = 0; turn < 2; turn += 1) await one.payment.markPaid({ paymentId: awaited, reason: 'cash' }, clerk);
  const sold = await soldOrder(stage, one, { eventId });
  const manager = staff('manager', 'the-same-key');
  const given = wish(sold.paymentId, { amountMinor: 100, reason: 'late start' });
  for (let turn = 0; turn < 2; turn += 1) await one.payment.refundOrder(given, manager);
  expect(await refusalOf(one.payment.refundOrder(wish(sold.paymentId, { amountMinor: 1_000_000 }), staff()))).toMatchObject({
    code: 'REFUND_TOO_MUCH',
  });
  expect(await refusalOf(one.payment.refundOrder(given, staff('door')))).toMatchObject({ code: 'ROLE_REQUIRED' });
  expect(await acts()).toEqual([
    { action: 'payment.setEventPayments', subject: eventId, reason: null, userId: expect.any(String) },
    { action: 'payment.markPaid', subject: awaited, reason: 'cash', userId: clerk.actor.userId },
    { action: 'payment.refundOrder', subject: sold.paymentId, reason: 'late start', userId: manager.actor.userId },
  ]);
});

it('a refund of money by hand is settled by staff, and that is said too', async () => {
  const eventId = await openEvent(stage, one);
  const { paymentId } = await awaitingCustomer(stage, one, eventId);
  await one.payment.markPaid({ paymentId, reason: 'cash' }, staff('box-office'));
  const before = (await acts()).length;
  const manager = staff();
  const { refundId } = await one.payment.refundOrder(wish(paymentId), manager);
  await one.payment.settleRefundByHand({ refundId, reason: 'paid out at the desk' }, manager);
  expect(await refusalOf(one.payment.settleRefundByHand({ refundId, reason: 'again' }, manager))).toMatchObject({ code: 'REFUND_NOT_FAILED' });
  expect((await acts()).slice(before)).toEqual([
    { action: 'payment.refundOrder', subject: paymentId, reason: 'asked for', userId: manager.actor.userId },
    { action: 'payment.settleRefundByHand', subject: refundId, reason: 'paid out at the desk', userId: manager.actor.userId },
  ]);
});
