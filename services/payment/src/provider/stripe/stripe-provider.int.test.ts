import { randomUUID } from 'node:crypto';
import type { Database } from '@boxoffice/postgres';
import { type StripeServer, type StripeTrouble, startStripeServer, stripeMethods, testDatabase } from '@boxoffice/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../../migrations/index.ts';
import { insertedPayment } from '../../../test/payments.ts';
import { chargeBook } from '../charge-book.ts';
import type { PaymentProvider } from '../provider.ts';
import { connectStripe } from './client.ts';
import { createStripeProvider } from './stripe-provider.ts';

let db: Database;
let stripe: StripeServer;
let provider: PaymentProvider;
const money = { amountMinor: 3000, currency: 'EUR', deadlineMs: 2_000 };
const returnUrl = 'https://tickets.example/paid';

beforeAll(async () => {
  db = await testDatabase({ name: 'payment', entities: [], migrations });
  stripe = await startStripeServer();
  const client = connectStripe({ secretKey: 'sk_test_boxoffice', apiUrl: stripe.url });
  provider = createStripeProvider({ connect: () => client, book: chargeBook(db) });
});
afterAll(() => stripe.close());
beforeEach(() => {
  stripe.requests.length = 0;
  stripe.refundsAre('succeeded');
});

const charged = async () => `${await insertedPayment(db, money)}:authorising`;
const authorise = (charge: string, kind: keyof typeof stripeMethods = 'approved', more = {}) =>
  provider.authorise({ key: charge, payWith: { paymentMethodId: stripeMethods[kind], returnUrl }, ...money, ...more });
const lookUp = (charge: string) => provider.lookUp({ charge, deadlineMs: 2_000 });
const capture = (charge: string) => provider.capture({ key: `${charge}:c`, charge, ...money });
const voided = (charge: string, key = `${charge}:v`) => provider.void({ key, charge, deadlineMs: 2_000 });
const refund = (charge: string, key: string, amountMinor = 3000) => provider.refund({ key, charge, ...money, amountMinor });
const approved = (captured = false) => ({ kind: 'approved', reference: expect.stringMatching(/^pi_/), captured });
const intentsOf = (charge: string) => [...stripe.intents.values()].filter(({ metadata }) => metadata.charge === charge);
const verbs = () =>
  stripe.requests.map(
    ({ method, path }) =>
      `${method} ${path
        .split('/')
        .slice(2)
        .join('/')
        .replace(/pi_\w+/, 'ID')}`,
  );

describe('authorise', () => {
  it('opens an unconfirmed intent that is captured by hand, writes it down, confirms it', async () => {
    const charge = await charged();
    expect(await authorise(charge)).toEqual(approved());
    expect(stripe.requests).toMatchObject([
      {
        path: '/v1/payment_intents',
        key: `${charge}:intent`,
        params: {
          ...{ amount: '3000', currency: 'eur', capture_method: 'manual', 'allowed_payment_method_types[0]': 'card' },
          ...{ 'metadata[charge]': charge, 'metadata[paymentId]': charge.split(':')[0] },
        },
      },
      { key: charge, params: { payment_method: 'pm_card_visa', return_url: returnUrl } },
    ]);
    expect(await db.query('SELECT provider_reference AS id FROM transactions WHERE id = $1', [charge.split(':')[0]])).toEqual([
      { id: intentsOf(charge)[0]?.id },
    ]);
  });

  it.each([
    ['declined', { kind: 'declined', reason: 'card-declined' }],
    ['insufficientFunds', { kind: 'declined', reason: 'insufficient-funds' }],
    ['late', { kind: 'pending' }],
    ['challenged', { kind: 'pending', actionUrl: expect.stringContaining('/challenges/pi_') }],
    ['capturesAtOnce', { kind: 'approved', reference: expect.any(String), captured: true }],
  ] as const)('%s: %o, and the same again', async (kind, answer) => {
    const charge = await charged();
    expect(await authorise(charge, kind)).toEqual(answer);
    expect(await authorise(charge, kind)).toEqual(answer);
    expect(await lookUp(charge)).toEqual(answer);
    expect(intentsOf(charge)).toHaveLength(1);
  });

  it('a method that does not exist: declined, and the intent is shut behind that no', async () => {
    const charge = await charged();
    expect(await authorise(charge, 'unknown')).toEqual({ kind: 'declined', reason: 'card-declined' });
    expect(intentsOf(charge)).toMatchObject([{ status: 'canceled' }]);
    expect(await authorise(charge)).toEqual({ kind: 'declined', reason: 'voided' });
  });

  it('ten at once: one intent, one confirm that counts', async () => {
    const charge = await charged();
    const answers = await Promise.all(Array.from({ length: 10 }, () => authorise(charge)));
    for (const answer of answers) expect(answer).toEqual(approved());
    expect(intentsOf(charge)).toHaveLength(1);
  });

  it('is told what is, not what was: a repeated confirm after the bank has been answered', async () => {
    const charge = await charged();
    await authorise(charge, 'challenged');
    stripe.answer(intentsOf(charge)[0]?.id ?? '', true);
    expect(await authorise(charge, 'challenged')).toEqual(approved());
    const failed = await charged();
    await authorise(failed, 'challenged');
    stripe.answer(intentsOf(failed)[0]?.id ?? '', false);
    expect(await authorise(failed, 'challenged')).toEqual({ kind: 'declined', reason: 'card-declined' });
  });

  it('an amount Stripe does not take: declined, nothing is opened, and nothing has to be let go', async () => {
    const id = await insertedPayment(db, { ...money, amountMinor: 10 });
    const charge = `${id}:authorising`;
    expect(await authorise(charge, 'approved', { amountMinor: 10 })).toEqual({ kind: 'declined', reason: 'card-declined' });
    expect(await voided(charge)).toMatchObject({ kind: 'approved' });
    expect(intentsOf(charge)).toEqual([]);
  });
});

describe('when something breaks', () => {
  it.each([500, 429, 'never answers', 'lost'] as StripeTrouble[])(
    '%s while it is opened or confirmed: nobody knows, and the next one does',
    async (what) => {
      for (const path of [/POST .*payment_intents$/, /confirm$/]) {
        const charge = await charged();
        stripe.trouble(path, what);
        await expect(authorise(charge, 'approved', { deadlineMs: 300 })).rejects.toThrow('Stripe');
        stripe.forgetKeys(); // a 500 is repeated for its key until then
        expect(await authorise(charge)).toEqual(approved());
        expect(intentsOf(charge).filter(({ status }) => status !== 'requires_payment_method')).toHaveLength(1);
      }
    },
  );

  it('a connection that ends after the confirm was carried out is asked again with the same key', async () => {
    const charge = await charged();
    stripe.trouble(/confirm$/, 'closes');
    expect(await authorise(charge)).toEqual(approved());
    expect(verbs()).toEqual(['POST payment_intents', 'POST payment_intents/ID/confirm', 'POST payment_intents/ID/confirm', 'GET payment_intents/ID']);
  });

  it('a 500 that Stripe repeats for its key does not hold up confirm, capture or void for ever', async () => {
    const charge = await charged();
    for (const [path, step, end] of [
      [/confirm$/, () => authorise(charge), 'approved'],
      [/capture$/, () => capture(charge), 'approved'],
    ] as const) {
      stripe.trouble(path, 500);
      await expect(step()).rejects.toThrow('StripeAPIError 500');
      expect(await step()).toMatchObject({ kind: end });
    }
    const other = await charged();
    await authorise(other);
    stripe.trouble(/cancel$/, 500);
    await expect(voided(other)).rejects.toThrow('StripeAPIError 500');
    expect(await voided(other)).toMatchObject({ kind: 'approved' });
  });

  it('a key that is not good is a fault without the key in its words', async () => {
    const secretKey = 'sk_test_revoked_key';
    const client = connectStripe({ secretKey, apiUrl: stripe.url });
    const revoked = createStripeProvider({ connect: () => client, book: chargeBook(db) });
    const fault = await revoked
      .authorise({ key: await charged(), payWith: { paymentMethodId: 'pm_card_visa' }, ...money })
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ message: expect.stringContaining('StripeAuthenticationError 401') });
    expect(`${fault} ${(fault as Error).stack} ${JSON.stringify(fault)}`).not.toContain(secretKey);
  });
});

describe('a charge', () => {
  it('nobody has confirmed is absent, whether or not it was opened', async () => {
    const charge = await charged();
    expect(await lookUp(charge)).toEqual({ kind: 'absent' });
    stripe.trouble(/confirm$/, 'lost');
    await authorise(charge, 'approved', { deadlineMs: 200 }).catch(() => undefined);
    expect(await lookUp(charge)).toEqual({ kind: 'absent' });
    expect(await lookUp(`${randomUUID()}:authorising`)).toEqual({ kind: 'absent' });
  });

  it('is shut by a void, also before its request arrives', async () => {
    const charge = await charged();
    expect(await voided(charge)).toMatchObject({ kind: 'approved' });
    expect(await voided(charge)).toMatchObject({ kind: 'approved' });
    expect(await voided(charge, `${charge}:other`)).toMatchObject({ kind: 'approved' });
    expect(await authorise(charge)).toEqual({ kind: 'declined', reason: 'voided' });
    expect(await capture(charge)).toMatchObject({ kind: 'declined' });
  });

  it('that waits for its bank, or was declined, can be shut', async () => {
    for (const kind of ['challenged', 'late', 'declined'] as const) {
      const charge = await charged();
      await authorise(charge, kind);
      expect(await voided(charge)).toMatchObject({ kind: 'approved' });
      expect(intentsOf(charge)).toMatchObject([{ status: 'canceled' }]);
    }
  });

  it('is captured once, whoever asks again, and then it cannot be shut', async () => {
    const charge = await charged();
    await authorise(charge);
    expect(await capture(charge)).toEqual(approved(true));
    expect(await capture(charge)).toEqual(approved(true));
    expect(await provider.capture({ key: `${charge}:c2`, charge, ...money })).toEqual(approved(true));
    expect(intentsOf(charge)).toMatchObject([{ status: 'succeeded', amount_received: 3000 }]);
    expect(await voided(charge)).toEqual({ kind: 'declined', reason: 'captured-already' });
  });

  it('whose capture fails for good is declined, and can be shut', async () => {
    const charge = await charged();
    await authorise(charge, 'captureFails');
    expect(await capture(charge)).toEqual({ kind: 'declined', reason: 'card-declined' });
    expect(await voided(charge)).toMatchObject({ kind: 'approved' });
  });

  it('a capture whose reply was lost is found captured', async () => {
    const charge = await charged();
    await authorise(charge);
    stripe.trouble(/capture$/, 'never answers');
    await expect(provider.capture({ key: `${charge}:c`, charge, ...money, deadlineMs: 200 })).rejects.toThrow('StripeConnectionError');
    expect(await capture(charge)).toEqual(approved(true));
  });
});

describe('refunds', () => {
  const captured = async () => {
    const charge = await charged();
    await authorise(charge);
    await capture(charge);
    return charge;
  };
  const lookUpRefund = (charge: string, key: string) => provider.lookUpRefund?.({ key, charge, deadlineMs: 2_000 });
  const keys = (charge: string) =>
    stripe.refunds.filter((made) => made.metadata.charge === charge).map((made) => `${made.metadata.key} ${made.amount}`);

  it('are parts, up to what was captured; the same key is the same refund, also after Stripe has forgotten it', async () => {
    const charge = await captured();
    expect(await refund(charge, 'r1', 1000)).toEqual({ kind: 'approved', reference: intentsOf(charge)[0]?.id });
    stripe.forgetKeys();
    expect(await refund(charge, 'r1', 1000)).toMatchObject({ kind: 'approved' });
    expect(await refund(charge, 'r2', 2001)).toMatchObject({ kind: 'declined' });
    expect(await refund(charge, 'r3', 2000)).toMatchObject({ kind: 'approved' });
    expect(await refund(charge, 'r4', 1)).toMatchObject({ kind: 'declined' });
    expect(keys(charge)).toEqual(['r1 1000', 'r3 2000']);
  });

  it('a refund whose reply was lost is found, not made twice', async () => {
    const charge = await captured();
    stripe.trouble(/POST .*refunds$/, 'never answers');
    await expect(provider.refund({ key: 'lost', charge, ...money, amountMinor: 500, deadlineMs: 200 })).rejects.toThrow('StripeConnectionError');
    stripe.forgetKeys();
    expect(await lookUpRefund(charge, 'lost')).toMatchObject({ kind: 'approved' });
    expect(await refund(charge, 'lost', 500)).toMatchObject({ kind: 'approved' });
    expect(keys(charge)).toEqual(['lost 500']);
  });

  it.each([
    ['pending', 'pending'],
    ['requires_action', 'pending'],
    ['failed', 'declined'],
    ['canceled', 'declined'],
  ] as const)('one that is %s is %s, now and when it is looked up', async (status, kind) => {
    const charge = await captured();
    stripe.refundsAre(status);
    expect(await refund(charge, `${charge} r`)).toMatchObject({ kind });
    expect(await lookUpRefund(charge, `${charge} r`)).toMatchObject({ kind });
  });

  it('one among many is found on whatever page it is', async () => {
    const charge = await captured();
    for (let n = 0; n < 120; n++) await refund(charge, `n${n}`, 1);
    expect(await lookUpRefund(charge, 'n0')).toMatchObject({ kind: 'approved' });
    expect(await lookUpRefund(charge, 'never')).toEqual({ kind: 'absent' });
    expect(await lookUpRefund(await charged(), 'n0')).toEqual({ kind: 'absent' });
  });

  it('of money that was never captured is declined', async () => {
    const charge = await charged();
    expect(await refund(charge, 'r')).toMatchObject({ kind: 'declined' });
    await authorise(charge);
    expect(await refund(charge, 'r')).toMatchObject({ kind: 'declined' });
  });
});
