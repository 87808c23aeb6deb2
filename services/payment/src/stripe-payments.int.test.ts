import { describe, expect, it } from 'vitest';
import { customerOf, returnUrl } from '../test/accounts.ts';
import { cards } from '../test/cards.ts';
import { challenged, counted, decided, eventOf, events, one, openAccount, rowOf, send, sound, stage } from '../test/webhooks.ts';

openAccount();

describe('3-D Secure', () => {
  it('sends the customer to the bank; its webhook confirms the payment, and the same webhook again is nothing', async () => {
    const sale = await challenged();
    expect(sale.pending).toMatchObject({ status: 'PENDING', waitingFor: 'customer', actionUrl: `${stage.stripe.url}/challenges/${sale.intent.id}` });
    expect(await one.payment.getPayment({ paymentId: sale.paymentId }, sale.me)).toMatchObject({
      waitingFor: 'customer',
      actionUrl: sale.pending.actionUrl,
    });
    stage.stripe.answer(sale.intent.id, true);
    const body = eventOf(sale.paymentId);
    expect(await send(body)).toMatchObject({ status: 200, text: '{"received":true}' });
    await decided(sale.paymentId, 'CONFIRMED');
    expect(await one.payment.getPayment({ paymentId: sale.paymentId }, sale.me)).toMatchObject({ waitingFor: null, actionUrl: null });
    const before = await events();
    expect(await send(body)).toMatchObject({ status: 200 });
    expect(await events()).toEqual(before);
    expect(await counted('replayed')).toBe(1);
    expect(await sound(sale)).toBe('CONFIRMED');
  });

  it('that the customer fails: declined, the seats are free', async () => {
    const sale = await challenged();
    stage.stripe.answer(sale.intent.id, false);
    await send(eventOf(sale.paymentId, { type: 'payment_intent.payment_failed' }));
    await decided(sale.paymentId, 'FAILED');
    expect(await sound(sale)).toBe('FAILED');
    expect(await stage.booking.isFree(sale.reservationId)).toBe(true);
  });

  it('whose customer comes back and asks again is answered at once, without a webhook', async () => {
    const sale = await challenged();
    stage.stripe.answer(sale.intent.id, true);
    expect(await one.payment.confirmPayment({ ...sale.paying, returnUrl: 'https://tickets.example/elsewhere' }, sale.me)).toMatchObject({
      status: 'CONFIRMED',
    });
    expect(await sound(sale)).toBe('CONFIRMED');
  });

  it('that outlives the hold: let go, the customer is told, and the bank’s late yes changes nothing', async () => {
    const sale = await challenged();
    await stage.db.query(`UPDATE transactions SET pay_until = now() - interval '1 second', next_check_at = now() WHERE id = $1`, [sale.paymentId]);
    await one.run('reconcile-payments');
    expect(await sound(sale)).toBe('FAILED');
    expect(sale.intent.status).toBe('canceled');
    stage.stripe.answer(sale.intent.id, true);
    await send(eventOf(sale.paymentId));
    expect(await sound(sale)).toBe('FAILED');
    expect(await one.payment.getPayment({ paymentId: sale.paymentId }, sale.me)).toMatchObject({ actionUrl: null, waitingFor: null });
  });

  it('whose seats went to another while the bank asked: the money is let go', async () => {
    const sale = await challenged();
    await stage.booking.takeOver(sale.reservationId);
    stage.stripe.answer(sale.intent.id, true);
    await send(eventOf(sale.paymentId));
    await decided(sale.paymentId, 'FAILED');
    expect(await sound(sale)).toBe('FAILED');
    expect(sale.intent.status).toBe('canceled');
  });
});

describe('what a payment is paid with', () => {
  it('a card never reaches Stripe: refused before anything is written, known to the test provider or not', async () => {
    const { me, paymentId } = await customerOf(stage, one.payment);
    const asked = stage.stripe.requests.length;
    for (const card of [cards.approved, '5555555555554444']) {
      await expect(one.payment.confirmPayment({ paymentId, card }, me)).rejects.toMatchObject({
        refusal: { code: 'PAYMENT_METHOD_NOT_ACCEPTED', details: { provider: 'stripe' } },
      });
    }
    await expect(one.payment.confirmPayment({ paymentId }, me)).rejects.toMatchObject({ refusal: { code: 'PAYMENT_METHOD_MISSING' } });
    expect(await rowOf(paymentId)).toMatchObject({ status: 'PENDING', step: 'CREATED' });
    expect(stage.stripe.requests.length).toBe(asked);
  });

  it('the token is kept while it may be needed, and not longer', async () => {
    const sale = await challenged();
    const kept = () => stage.db.query('SELECT pay_with FROM transactions WHERE id = $1', [sale.paymentId]);
    expect(await kept()).toEqual([{ pay_with: { paymentMethodId: sale.paying.paymentMethodId, returnUrl } }]);
    stage.stripe.answer(sale.intent.id, true);
    await send(eventOf(sale.paymentId));
    await decided(sale.paymentId, 'CONFIRMED');
    expect(await kept()).toEqual([{ pay_with: null }]);
  });
});

it('no key, no signing secret and no payment method’s secret was logged or answered', () => {
  expect(one.log()).not.toMatch(/sk_test_|whsec_|test-provider-secret|4242424242424242|5555555555554444/);
});
