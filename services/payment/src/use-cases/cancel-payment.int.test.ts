import { asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chargeOf, expectSound, messagesOf } from '../../test/books.ts';
import { cards, freshStage, type PaymentProcess, refusalOf, type Stage } from '../../test/stage.ts';

let stage: Stage;
let process: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  process = await stage.process();
});
afterAll(() => stage.close());

it('ends a payment nobody confirmed, keeps the seats held, and may be repeated', async () => {
  const { me, reservationId, paymentId } = await stage.customer(process.payment);
  const cancelled = await process.payment.cancelPayment({ paymentId }, me);
  expect(cancelled).toMatchObject({ status: 'CANCELLED', waitingFor: null });
  expect(await process.payment.cancelPayment({ paymentId }, me)).toEqual(cancelled);
  expect(await stage.booking.isFree(reservationId)).toBe(false);
  expect(await refusalOf(process.payment.confirmPayment({ paymentId, card: cards.approved }, me))).toEqual({
    code: 'PAYMENT_NOT_PENDING',
    details: { status: 'CANCELLED' },
  });
  expect(await chargeOf(stage.db, paymentId)).toBeUndefined();
  expect(await messagesOf(stage.db, paymentId)).toEqual([]);
});

it('is refused once the payment is decided, and to strangers', async () => {
  const { me, paymentId } = await stage.customer(process.payment);
  expect(await refusalOf(process.payment.cancelPayment({ paymentId }, asUser()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  await process.payment.confirmPayment({ paymentId, card: cards.approved }, me);
  expect(await refusalOf(process.payment.cancelPayment({ paymentId }, me))).toEqual({
    code: 'PAYMENT_NOT_PENDING',
    details: { status: 'CONFIRMED' },
  });
});

it('is refused while the provider is asked', async () => {
  const { me, paymentId } = await stage.customer(process.payment);
  await process.payment.confirmPayment({ paymentId, card: cards.late }, me);
  expect(await refusalOf(process.payment.cancelPayment({ paymentId }, me))).toEqual({ code: 'PAYMENT_NOT_PENDING', details: { status: 'PENDING' } });
});

it('and a confirm that comes at once: exactly one of them wins, 40 times', async () => {
  const outcomes = new Set<string>();
  for (let turn = 0; turn < 40; turn++) {
    const { me, reservationId, paymentId } = await stage.customer(process.payment);
    const confirm = () => process.payment.confirmPayment({ paymentId, card: cards.approved }, me);
    const cancel = () => process.payment.cancelPayment({ paymentId }, me);
    const [first, second] = turn % 2 ? [confirm, cancel] : [cancel, confirm];
    const results = await Promise.allSettled([first(), second()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { status } = await process.payment.getPayment({ paymentId }, me);
    outcomes.add(status);
    if (status === 'CONFIRMED') await expectSound(stage.db, stage.booking, { paymentId, reservationId });
    else expect([status, await chargeOf(stage.db, paymentId)]).toEqual(['CANCELLED', undefined]);
  }
  expect([...outcomes].sort()).toEqual(['CANCELLED', 'CONFIRMED']);
});

it('happens by itself when nobody pays while the seats are kept', async () => {
  const { me, paymentId } = await stage.customer(process.payment);
  const open = await stage.customer(process.payment);
  await stage.db.query(`UPDATE transactions SET pay_until = statement_timestamp(), next_check_at = statement_timestamp() WHERE id = $1`, [paymentId]);
  expect(await process.run('cancel-unpaid-payments')).toBe(1);
  expect(await process.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'CANCELLED' });
  expect(await process.payment.getPayment({ paymentId: open.paymentId }, open.me)).toMatchObject({ status: 'PENDING' });
});
