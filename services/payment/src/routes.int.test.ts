import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { customerOf, returnUrl } from '../test/accounts.ts';
import { insertedPayment } from '../test/payments.ts';
import {
  accountId,
  address,
  challenged,
  counted,
  decided,
  eventOf,
  events,
  first,
  one,
  openAccount,
  post,
  rowOf,
  second,
  send,
  signedBy,
  sound,
  stage,
  testSecret,
} from '../test/webhooks.ts';
import { signWebhook } from './provider/webhook-signature.ts';

openAccount();

describe('a webhook', () => {
  it.each([
    ['unsigned', (): Record<string, string> => ({})],
    ['signed with another secret', (body: string) => ({ 'stripe-signature': signedBy('whsec_evil_secret', body) })],
    ['with the signature of another body', () => ({ 'stripe-signature': signedBy(first, 'other') })],
    ["signed for the test provider's header", (body: string) => ({ 'test-provider-signature': signedBy(first, body) })],
    ['ten minutes old', (body: string) => ({ 'stripe-signature': signedBy(first, body, Date.now() - 600_000) })],
    ['of ten minutes from now', (body: string) => ({ 'stripe-signature': signedBy(first, body, Date.now() + 600_000) })],
  ])('that is %s is 400 and changes nothing', async (name, headers) => {
    const sale = await challenged();
    stage.stripe.answer(sale.intent.id, true);
    const before = await events();
    const outcome = name.includes('ten minutes') ? 'old' : 'forged';
    const count = await counted(outcome);
    const body = eventOf(sale.paymentId);
    expect(await post(address, body, headers(body))).toMatchObject({ status: 400 });
    expect([await events(), await rowOf(sale.paymentId), await counted(outcome)]).toEqual([
      before,
      { status: 'PENDING', step: 'AUTHORISING', due: false },
      count + 1,
    ]);
  });

  it.each([
    ['no account', () => `/webhooks/stripe/${randomUUID()}`],
    ['no id', () => '/webhooks/stripe/nobody'],
    ['another provider of the account', () => `/webhooks/test/${accountId}`],
    ['no provider', () => `/webhooks/paypal/${accountId}`],
  ])('to %s is 404 and changes nothing', async (_, path) => {
    const before = await events();
    const body = eventOf(randomUUID());
    expect(await post(path(), body, { 'stripe-signature': signedBy(first, body), 'test-provider-signature': signedBy(first, body) })).toMatchObject({
      status: 404,
      text: expect.stringContaining('PAYMENT_ACCOUNT_NOT_FOUND'),
    });
    expect(await events()).toEqual(before);
  });

  it('that is signed and no event is 400', async () => {
    const before = await events();
    for (const body of ['', 'hello', '[]', '{"id":1}', '{"id":"evt_1","type":"x"}', '\u0000'])
      expect(await send(body)).toMatchObject({ status: 400 });
    expect([await events(), await counted('malformed')]).toEqual([before, 6]);
  });

  it('of a payment that is nobody’s, or of another account, is kept and moves nothing', async () => {
    const theirs = await insertedPayment(stage.db, { amountMinor: 100, currency: 'EUR', accountId: randomUUID() });
    await stage.db.query(`UPDATE transactions SET step = 'AUTHORISING', step_key = 'k', next_check_at = now() + interval '1 hour' WHERE id = $1`, [
      theirs,
    ]);
    for (const about of [theirs, randomUUID()]) expect(await send(eventOf(about))).toMatchObject({ status: 200 });
    expect(await send(JSON.stringify({ id: 'evt_other', type: 'account.updated', data: { object: { id: 'acct_1' } } }))).toMatchObject({
      status: 200,
    });
    expect((await events()).slice(-3).map(({ payment_id }) => payment_id)).toEqual([null, null, null]);
    expect(await rowOf(theirs)).toMatchObject({ status: 'PENDING', due: false });
    await stage.db.query(`UPDATE transactions SET step = 'CREATED', step_key = NULL WHERE id = $1`, [theirs]);
  });

  it('twenty times at once is one', async () => {
    const sale = await challenged();
    stage.stripe.answer(sale.intent.id, true);
    const before = (await events()).length;
    const body = eventOf(sale.paymentId);
    for (const { status } of await Promise.all(Array.from({ length: 20 }, () => send(body)))) expect(status).toBe(200);
    expect((await events()).length).toBe(before + 1);
    await decided(sale.paymentId, 'CONFIRMED');
    expect(await sound(sale)).toBe('CONFIRMED');
  });

  it('that comes before its payment is confirmed does no harm', async () => {
    const { me, paymentId, reservationId } = await customerOf(stage, one.payment);
    expect(await send(eventOf(paymentId))).toMatchObject({ status: 200 });
    expect(await rowOf(paymentId)).toMatchObject({ status: 'PENDING', step: 'CREATED', due: false });
    await one.payment.confirmPayment({ paymentId, paymentMethodId: 'pm_card_visa', returnUrl }, me);
    expect(await sound({ paymentId, reservationId })).toBe('CONFIRMED');
  });

  it('is good under the secret before for a day, and not a moment longer', async () => {
    await one.payment.rotateWebhookSecret({ accountId, webhookSecret: second }, stage.manager);
    for (const secret of [first, second]) expect(await send(eventOf(randomUUID()), secret)).toMatchObject({ status: 200 });
    await stage.db.query(`UPDATE payment_accounts SET previous_until = now() - interval '1 second' WHERE id = $1`, [accountId]);
    expect(await send(eventOf(randomUUID()), first)).toMatchObject({ status: 400 });
    expect(await send(eventOf(randomUUID()), second)).toMatchObject({ status: 200 });
  });
});

describe('too much', () => {
  it('is 413 before a byte of it was sent, and when it was not announced', async () => {
    const announced = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(one.url + address, { method: 'POST', headers: { 'content-length': 1_000_000 } }, (answer) => {
        resolve(answer.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(announced).toBe(413);
    const chunks = async function* () {
      for (let n = 0; n < 10; n++) yield new Uint8Array(100_000);
    };
    const init = { method: 'POST', body: ReadableStream.from(chunks()), duplex: 'half' } as RequestInit; // the DOM-shaped type knows no async iterables
    expect((await fetch(one.url + address, init)).status).toBe(413);
    expect(await counted('too-large')).toBe(2);
  });
});

describe("the test provider's webhooks", () => {
  const body = (charge: string) => JSON.stringify({ id: randomUUID(), type: 'charge.authorised', createdAt: new Date().toISOString(), charge });
  const tell = (text: string, secret = testSecret) =>
    post('/webhooks/test/installation', text, { 'test-provider-signature': signWebhook(secret, text, new Date()) });

  it('come in by the same door, under the secret of the installation', async () => {
    const paymentId = await insertedPayment(stage.db, { amountMinor: 3000, currency: 'EUR', provider: 'test' });
    expect(await tell(body(`${paymentId}:authorising`))).toMatchObject({ status: 200 });
    expect((await events()).at(-1)).toMatchObject({ payment_id: paymentId });
    expect(await tell(body(`${paymentId}:authorising`), 'another-secret-of-16')).toMatchObject({ status: 400 });
    expect([await counted('taken', 'test'), await counted('forged', 'test')]).toEqual([1, 1]);
  });

  it('are nobody’s where the installation has no secret for them', async () => {
    const without = await stage.process();
    const text = body(`${randomUUID()}:authorising`);
    const headers = { 'test-provider-signature': signWebhook('', text, new Date()) };
    expect(await post('/webhooks/test/installation', text, headers, without.url)).toMatchObject({ status: 404 });
  });
});
