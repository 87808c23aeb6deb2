import { asUser, eventually } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chargeOf, expectSound, messagesOf, stepsOf } from '../../test/books.ts';
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

const settled = (paymentId: string) =>
  eventually(async () => {
    await one.run('reconcile-payments');
    const [row] = await stage.db.query<{ step: string }>('SELECT step FROM transactions WHERE id = $1', [paymentId]);
    if (row?.step !== 'SETTLED') throw new Error(`still ${row?.step}`);
  });

describe('a card', () => {
  it('that is approved: seats are sold, money is captured, the fact leaves once', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    const paid = await one.payment.confirmPayment({ paymentId, card: cards.approved }, me);
    expect(paid).toMatchObject({ paymentId, status: 'CONFIRMED', amountMinor: 3000, currency: 'EUR', failureReason: null, waitingFor: null });
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('CONFIRMED');
    expect(await stepsOf(stage.db, paymentId)).toEqual(['AUTHORISING approved', 'CONFIRMING_SEATS confirmed', 'CAPTURING approved']);
    const [message] = await messagesOf(stage.db, paymentId);
    expect(message?.payload.seats).toHaveLength(2);
    expect(await one.payment.confirmPayment({ paymentId, card: cards.approved }, me)).toEqual(paid);
  });

  it.each([
    [cards.declined, 'card-declined'],
    [cards.insufficientFunds, 'insufficient-funds'],
  ])('that is declined (%s): failed, the seats are free at once, asked again it is the same no', async (card, reason) => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    const no = { code: 'PAYMENT_DECLINED', details: { reason } };
    expect(await refusalOf(one.payment.confirmPayment({ paymentId, card }, me))).toEqual(no);
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('FAILED');
    expect(await stage.booking.isFree(reservationId)).toBe(true);
    expect(await refusalOf(one.payment.confirmPayment({ paymentId, card: cards.approved }, me))).toEqual(no);
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'FAILED', failureReason: expect.stringContaining('declined') });
  });

  it('that was declined does not stand in the way of a new hold and payment', async () => {
    const { me, paymentId } = await stage.customer(one.payment);
    await refusalOf(one.payment.confirmPayment({ paymentId, card: cards.declined }, me));
    const reservationId = await stage.booking.hold(me.actor.userId);
    const again = await one.payment.createPayment({ reservationId }, me);
    expect(await one.payment.confirmPayment({ paymentId: again.paymentId, card: cards.approved }, me)).toMatchObject({ status: 'CONFIRMED' });
  });

  it('that is approved late: PENDING and waiting for the provider, confirmed by the reconciler', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    expect(await one.payment.confirmPayment({ paymentId, card: cards.late }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'provider' });
    await settled(paymentId);
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('CONFIRMED');
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'CONFIRMED' });
  });

  it('whose call times out though the money is authorised: nothing is asked twice, nothing is guessed', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    expect(await one.payment.confirmPayment({ paymentId, card: cards.silent }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'provider' });
    expect((await chargeOf(stage.db, paymentId))?.status).toBe('authorised');
    await settled(paymentId);
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('CONFIRMED');
    expect(one.world.calls.slice(-4)).toEqual(['authorise', 'lookUp', 'confirmSeat', 'capture']);
  });

  it('whose capture fails for good: the money is let go, the seats are returned', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    expect(await refusalOf(one.payment.confirmPayment({ paymentId, card: cards.captureFails }, me))).toEqual({
      code: 'PAYMENT_DECLINED',
      details: { reason: 'capture-failed' },
    });
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('FAILED');
    expect((await chargeOf(stage.db, paymentId))?.status).toBe('voided');
    expect(await stage.booking.isFree(reservationId)).toBe(true);
  });

  it('the provider does not know is refused before anything is written', async () => {
    const { me, paymentId } = await stage.customer(one.payment);
    const refusal = await refusalOf(one.payment.confirmPayment({ paymentId, card: '5555555555554444' }, me));
    expect(refusal).toEqual({ code: 'TEST_CARD_UNKNOWN', details: { cards: expect.arrayContaining(Object.values(cards)) } });
    expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'customer' });
  });

  it('leaves nothing but its last four digits, in no table and no log', async () => {
    const tables = await stage.db.query<{ text: string }>(
      `SELECT coalesce(string_agg(t::text, ' '), '') AS text FROM transactions t
       UNION ALL SELECT coalesce(string_agg(s::text, ' '), '') FROM payment_steps s
       UNION ALL SELECT coalesce(string_agg(c::text, ' '), '') FROM test_provider_charges c
       UNION ALL SELECT coalesce(string_agg(o::text, ' '), '') FROM outbox o
       UNION ALL SELECT coalesce(string_agg(k::text, ' '), '') FROM idempotency_keys k`,
    );
    const everything = [...tables.map(({ text }) => text), one.log(), two.log()].join(' ');
    expect(everything).toContain('4242');
    for (const card of Object.values(cards)) expect(everything).not.toContain(card);
  });
});

describe('when the seats are', () => {
  it('expired but still free: they are taken again for this payment', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    await stage.booking.expire(reservationId);
    expect(await one.payment.confirmPayment({ paymentId, card: cards.approved }, me)).toMatchObject({ status: 'CONFIRMED' });
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('CONFIRMED');
  });

  it.each([
    ['authorised money is voided', cards.approved, 'voided', false],
    ['captured money is refunded', cards.capturesAtOnce, 'refunded', true],
  ])('taken by another: %s', async (_, card, money, refunded) => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    await stage.booking.takeOver(reservationId);
    expect(await refusalOf(one.payment.confirmPayment({ paymentId, card }, me))).toEqual({ code: 'SEATS_GONE', details: { paymentId } });
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('FAILED');
    expect((await chargeOf(stage.db, paymentId))?.status).toBe(money);
    expect((await messagesOf(stage.db, paymentId))[0]?.payload).toMatchObject({ reason: 'seats-gone', refunded });
  });

  it('paid by another payment of the same reservation: the second money goes back, the first keeps the seats', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    await stage.booking.sellToAnother(reservationId);
    const first = await stage.booking.soldTo(reservationId);
    expect(await refusalOf(one.payment.confirmPayment({ paymentId, card: cards.capturesAtOnce }, me))).toMatchObject({ code: 'SEATS_GONE' });
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('FAILED');
    expect(await stage.booking.soldTo(reservationId)).toBe(first);
  });
});

describe('calls that come together', () => {
  it('20 confirms on two processes: one authorisation, one capture, one message, one answer', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    for (const { world } of [one, two]) world.reset();
    const confirm = (i: number) =>
      (i % 2 ? one : two).payment.confirmPayment({ paymentId, card: cards.approved }, { ...me, idempotencyKey: i % 4 ? 'same' : `own-${i}` });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => confirm(i)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 'CONFIRMED' });
    expect([...one.world.calls, ...two.world.calls]).toEqual(['authorise', 'confirmSeat', 'capture']);
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('CONFIRMED');
  });

  it('20 confirms of a declined card are told the same no', async () => {
    const { me, paymentId } = await stage.customer(one.payment);
    for (const { world } of [one, two]) world.reset();
    const refusals = await Promise.all(
      Array.from({ length: 20 }, (_, i) => refusalOf((i % 2 ? one : two).payment.confirmPayment({ paymentId, card: cards.declined }, me))),
    );
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'PAYMENT_DECLINED' });
    expect([...one.world.calls, ...two.world.calls]).toEqual(['authorise', 'releaseSeat']);
  });

  it('two cards for one payment: one of them is asked, never both', async () => {
    const { me, reservationId, paymentId } = await stage.customer(one.payment);
    const pay = (process: PaymentProcess, card: string) => process.payment.confirmPayment({ paymentId, card }, me).catch(() => undefined);
    await Promise.all([pay(one, cards.approved), pay(two, cards.capturesAtOnce)]);
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('CONFIRMED');
  });

  it('a key that was used for another payment is refused', async () => {
    const first = await stage.customer(one.payment);
    const me = { ...first.me, idempotencyKey: 'pay-once' };
    await one.payment.confirmPayment({ paymentId: first.paymentId, card: cards.approved }, me);
    const reservationId = await stage.booking.hold(me.actor.userId);
    const second = await one.payment.createPayment({ reservationId }, first.me);
    expect(await refusalOf(one.payment.confirmPayment({ paymentId: second.paymentId, card: cards.approved }, me))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await one.payment.confirmPayment({ paymentId: first.paymentId, card: cards.approved }, me)).toMatchObject({ status: 'CONFIRMED' });
  });

  it('a key that came with another card is refused, and the other card is not asked', async () => {
    const { me: customer, paymentId, reservationId } = await stage.customer(one.payment);
    const me = { ...customer, idempotencyKey: 'one-card' };
    await one.payment.confirmPayment({ paymentId, card: cards.approved }, me);
    one.world.reset();
    for (const card of [cards.declined, cards.capturesAtOnce])
      expect(await refusalOf(one.payment.confirmPayment({ paymentId, card }, me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(one.world.calls).toEqual([]);
    expect(await one.payment.confirmPayment({ paymentId, card: cards.approved }, me)).toMatchObject({ status: 'CONFIRMED' });
    expect(await expectSound(stage.db, stage.booking, { paymentId, reservationId })).toBe('CONFIRMED');
  });
});

it("a stranger's confirm finds nothing and changes nothing", async () => {
  const { me, paymentId } = await stage.customer(one.payment);
  expect(await refusalOf(one.payment.confirmPayment({ paymentId, card: cards.approved }, asUser()))).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  expect(await one.payment.getPayment({ paymentId }, me)).toMatchObject({ status: 'PENDING', waitingFor: 'customer' });
});

it('counts what was decided and tells how much is open', async () => {
  const text = await one.metrics.text();
  expect(text).toMatch(/boxoffice_payments_total\{status="CONFIRMED"\} [1-9]/);
  expect(text).toMatch(/boxoffice_payments_undecided 0/);
  expect(text).toContain('boxoffice_payments_oldest_undecided_seconds 0');
});
