import type { Database } from '@boxoffice/postgres';
import { prepareStripeMock, type StripeServer, startStripeMock, startStripeServer, stripeMethods, testDatabase } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../../migrations/index.ts';
import { insertedPayment } from '../../../test/payments.ts';
import { chargeBook } from '../charge-book.ts';
import { connectStripe } from './client.ts';
import { createStripeProvider } from './stripe-provider.ts';

const binary = await prepareStripeMock();
if (binary === undefined) console.log('skipped: no Go, so no stripe-mock');

// Stripe's own mock knows Stripe's description of its API: what it refuses is no request, and what it answers is the shape that the tests' server must have.
describe.skipIf(binary === undefined)('beside stripe-mock', () => {
  let db: Database;
  let own: StripeServer;
  let mock: { url: string; stop(): Promise<void> };
  beforeAll(async () => {
    db = await testDatabase({ name: 'payment', entities: [], migrations });
    own = await startStripeServer();
    mock = await startStripeMock(binary ?? '');
  }, 120_000);
  afterAll(async () => {
    await own?.close();
    await mock?.stop();
  });

  /** Every request of a provider's life: authorised, captured, refunded; challenged and voided; looked up. */
  async function everything(apiUrl: string) {
    const client = connectStripe({ secretKey: 'sk_test_boxoffice', apiUrl });
    const provider = createStripeProvider({ connect: () => client, book: chargeBook(db) });
    const money = { amountMinor: 3000, currency: 'EUR', deadlineMs: 5_000 };
    for (const method of [stripeMethods.approved, stripeMethods.challenged]) {
      const key = `${await insertedPayment(db, money)}:authorising`;
      await provider.authorise({ key, payWith: { paymentMethodId: method, returnUrl: 'https://tickets.example/paid' }, ...money });
      if (method === stripeMethods.approved) await provider.capture({ key: `${key}:c`, charge: key, ...money });
      await provider.refund({ key: `${key}:r`, charge: key, ...money, amountMinor: 1000 });
      await provider.lookUpRefund?.({ key: `${key}:r`, charge: key, ...money });
      await provider.void({ key: `${key}:v`, charge: key, ...money });
      await provider.lookUp({ charge: key, ...money });
    }
    await provider.list?.({ from: new Date(0), to: new Date() });
    return (await client).accounts.retrieveCurrent();
  }

  const send = async (base: string, { method, path, params }: { method: string; path: string; params: Record<string, string> }) => {
    const text = new URLSearchParams(params).toString();
    const headers = { authorization: 'Bearer sk_test_boxoffice', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${base}${path}${method === 'GET' && text ? `?${text}` : ''}`, {
      method,
      headers,
      ...(method === 'POST' && { body: text }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('every request of ours is one of Stripe', async () => {
    await everything(own.url);
    expect(own.requests.length).toBeGreaterThan(15);
    for (const request of own.requests) expect({ request, ...(await send(mock.url, request)) }).toMatchObject({ status: 200 });
  });

  it('refuses what Stripe does not know, so that the test above can fail', async () => {
    const request = { method: 'POST', path: '/v1/payment_intents', params: { amount: '100', currency: 'eur', capture: 'later' } };
    expect(await send(mock.url, request)).toMatchObject({ status: 400 });
  });

  it('our whole provider works on its answers', async () => {
    await expect(everything(mock.url)).resolves.toMatchObject({ object: 'account' });
  });

  it("the tests' server answers in Stripe's shapes: no field that Stripe does not have, none of another kind", async () => {
    const intent = [...own.intents.values()][0] ?? expect.fail('no intent');
    const paths = [`/v1/payment_intents/${intent.id}`, '/v1/payment_intents', '/v1/account', '/v1/refunds'];
    for (const path of paths) {
      const request = { method: 'GET', path, params: path.endsWith('refunds') ? { payment_intent: intent.id } : {} };
      expectSameKinds((await send(own.url, request)).body, (await send(mock.url, request)).body, path);
    }
  });
});

/** Nulls fit everything: Stripe's mock fills in what ours leaves empty, and the other way round. */
function expectSameKinds(ours: unknown, theirs: unknown, at: string): void {
  if (ours === null || theirs === null) return;
  expect(`${at}: ${kindOf(ours)}`).toBe(`${at}: ${kindOf(theirs)}`);
  if (Array.isArray(ours)) {
    if (ours.length > 0) expectSameKinds(ours[0], (theirs as unknown[])[0], `${at}[0]`);
  } else if (typeof ours === 'object' && !at.endsWith('metadata'))
    for (const [name, value] of Object.entries(ours)) {
      expect(Object.keys(theirs as object), at).toContain(name);
      expectSameKinds(value, (theirs as Record<string, unknown>)[name], `${at}.${name}`);
    }
}

const kindOf = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value);
