import { randomUUID } from 'node:crypto';
import { eventually } from '@boxoffice/testing';
import { describe, expect, it } from 'vitest';
import { customerOf, returnUrl } from '../test/accounts.ts';
import { accountId, eventOf, one, openAccount, send, stage } from '../test/webhooks.ts';
import { closeNews, leaseNews } from './persistence/payment-news.sql.ts';
import { takeProviderEvent } from './persistence/provider-events.sql.ts';

openAccount();

describe('money that was captured for a payment that failed', () => {
  /** A payment that failed, and its intent, which says something else now. */
  async function failedBut(change: object, before: (paymentId: string) => Promise<unknown> = async () => {}) {
    const sale = await customerOf(stage, one.payment);
    await before(sale.paymentId);
    const declined = { paymentId: sale.paymentId, paymentMethodId: 'pm_card_visa_chargeDeclined', returnUrl };
    await expect(one.payment.confirmPayment(declined, sale.me)).rejects.toMatchObject({ refusal: { code: 'PAYMENT_DECLINED' } });
    const intent = [...stage.stripe.intents.values()].find(({ metadata }) => metadata.paymentId === sale.paymentId) ?? expect.fail('no intent');
    Object.assign(intent, { last_payment_error: null, ...change });
    return { ...sale, intent };
  }
  const newsOf = (paymentId: string) =>
    stage.db.query('SELECT attempts, follow_at <= now() AS due FROM payment_news WHERE payment_id = $1', [paymentId]);
  const makeDue = (paymentId: string) => stage.db.query('UPDATE payment_news SET follow_at = now() WHERE payment_id = $1', [paymentId]);
  const intentRefunds = (intentId: string) => stage.stripe.refunds.filter((refund) => refund.payment_intent === intentId);
  const refundsOf = (paymentId: string) =>
    stage.db.query('SELECT kind, status, amount_minor AS amount FROM refunds WHERE payment_id = $1 ORDER BY created_at', [paymentId]);

  it('goes back, once, however often its webhooks come', async () => {
    const { paymentId, intent } = await failedBut({ status: 'succeeded', amount_received: 3000 });
    for (let n = 0; n < 3; n++) await send(eventOf(paymentId, { type: 'payment_intent.succeeded' }));
    await eventually(async () => {
      await one.run('settle-refunds');
      expect(await refundsOf(paymentId)).toEqual([{ kind: 'late-capture', status: 'DONE', amount: 3000 }]);
    });
    await send(eventOf(paymentId, { type: 'charge.refunded' }));
    expect(intentRefunds(intent.id)).toMatchObject([{ amount: 3000, status: 'succeeded' }]);
    expect(await refundsOf(paymentId)).toHaveLength(1);
  });

  it('only reserved, it is let go', async () => {
    const { paymentId, intent } = await failedBut({ status: 'requires_capture' });
    await send(eventOf(paymentId));
    await eventually(async () => expect(intent.status).toBe('canceled'));
    expect(await refundsOf(paymentId)).toEqual([]);
  });

  it('that nobody could follow at once is followed by the job, until there is a definite answer', async () => {
    const { paymentId, intent } = await failedBut({ status: 'succeeded', amount_received: 3000 });
    stage.stripe.down(500);
    await send(eventOf(paymentId, { type: 'payment_intent.succeeded' }));
    await eventually(async () => expect(await newsOf(paymentId)).toMatchObject([{ attempts: 1, due: false }]));
    for (let n = 0; n < 2; n++) {
      await makeDue(paymentId);
      await one.run('follow-payment-news');
    }
    expect(await newsOf(paymentId)).toMatchObject([{ attempts: 3, due: false }]);
    expect(await refundsOf(paymentId)).toEqual([]);
    await stage.db.query(`UPDATE payment_news SET since = now() - interval '6 minutes' WHERE payment_id = $1`, [paymentId]);
    expect(await one.metrics.text()).toMatch(/boxoffice_payments_overdue\{step="LATE_MONEY"\} 1\n/);
    stage.stripe.down(undefined);
    await makeDue(paymentId);
    await one.run('follow-payment-news');
    expect(await refundsOf(paymentId)).toMatchObject([{ kind: 'late-capture', amount: 3000 }]);
    await one.run('settle-refunds');
    expect(intentRefunds(intent.id)).toMatchObject([{ amount: 3000, status: 'succeeded' }]);
    expect(await newsOf(paymentId)).toEqual([]);
    expect(await one.metrics.text()).not.toMatch(/LATE_MONEY/);
  });

  it('whose event was kept by a process that died is followed by another', async () => {
    const { paymentId, intent } = await failedBut({ status: 'requires_capture' });
    const event = { provider: 'stripe', account: accountId, accountId, eventId: `evt_${randomUUID()}`, type: 'charge.succeeded', paymentId };
    await takeProviderEvent(stage.db, event);
    await Promise.all([one.run('follow-payment-news'), one.run('follow-payment-news')]);
    expect(intent.status).toBe('canceled');
    expect(await newsOf(paymentId)).toEqual([]);
  });

  it('whose news came before it failed is looked for a minute later', async () => {
    const { paymentId, intent } = await failedBut({ status: 'requires_capture' }, (id) => send(eventOf(id)));
    await one.run('follow-payment-news');
    expect([intent.status, await newsOf(paymentId)]).toMatchObject(['requires_capture', [{ attempts: 0, due: false }]]);
    await makeDue(paymentId);
    await one.run('follow-payment-news');
    expect([intent.status, await newsOf(paymentId)]).toEqual(['canceled', []]);
  });

  it('does not lose news that comes while older news is followed', async () => {
    const { paymentId } = await failedBut({ status: 'requires_capture' });
    const news = () => ({ provider: 'stripe', account: accountId, accountId, eventId: `evt_${randomUUID()}`, type: 'charge.succeeded', paymentId });
    await takeProviderEvent(stage.db, news());
    const [older = expect.fail('no news')] = await leaseNews(stage.db, { paymentId, limit: 1, leaseMs: 60_000 });
    await takeProviderEvent(stage.db, news());
    await closeNews(stage.db, older);
    expect(await newsOf(paymentId)).toMatchObject([{ attempts: 0, due: true }]);
    await one.run('follow-payment-news');
    expect(await newsOf(paymentId)).toEqual([]);
  });

  it('is not asked about for a payment that has it', async () => {
    const { paymentId, me } = await customerOf(stage, one.payment);
    await send(eventOf(paymentId));
    await one.payment.confirmPayment({ paymentId, paymentMethodId: 'pm_card_visa', returnUrl }, me);
    const asked = stage.stripe.requests.length;
    await makeDue(paymentId);
    await one.run('follow-payment-news');
    expect([await newsOf(paymentId), stage.stripe.requests.length]).toEqual([[], asked]);
  });

  it('that is on its way back: news of the refund has it asked about', async () => {
    stage.stripe.refundsAre('pending');
    const { paymentId, intent } = await failedBut({ status: 'succeeded', amount_received: 3000 });
    await send(eventOf(paymentId));
    await eventually(async () => {
      await one.run('settle-refunds');
      expect(stage.stripe.refunds.some((refund) => refund.payment_intent === intent.id)).toBe(true);
    });
    await stage.db.query(`UPDATE refunds SET next_check_at = now() + interval '1 hour' WHERE payment_id = $1`, [paymentId]);
    for (const refund of stage.stripe.refunds) refund.status = 'succeeded';
    stage.stripe.refundsAre('succeeded');
    await send(eventOf(paymentId, { type: 'refund.updated' }));
    await one.run('settle-refunds');
    expect(await refundsOf(paymentId)).toEqual([{ kind: 'late-capture', status: 'DONE', amount: 3000 }]);
  });
});
