import type { Database } from '@boxoffice/postgres';
import { type StripeServer, startStripeServer, stripeMethods, testDatabase } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrations } from '../../../migrations/index.ts';
import { insertedPayment } from '../../../test/payments.ts';
import { chargeBook } from '../charge-book.ts';
import type { PaymentProvider } from '../provider.ts';
import { connectStripe } from './client.ts';
import { createStripeProvider } from './stripe-provider.ts';

let db: Database;
let stripe: StripeServer;
let provider: PaymentProvider;
let accountsOwn: Awaited<ReturnType<typeof connectStripe>>;
const deadlineMs = 2_000;
const hour = 3_600_000;
const span = () => ({ from: new Date(Date.now() - hour), to: new Date(Date.now() + hour) });

beforeAll(async () => {
  db = await testDatabase({ name: 'payment', entities: [], migrations });
  stripe = await startStripeServer();
  const client = connectStripe({ secretKey: 'sk_test_boxoffice', apiUrl: stripe.url });
  accountsOwn = await client;
  provider = createStripeProvider({ connect: () => client, book: chargeBook(db) });
});
afterAll(() => stripe.close());

async function charged(money: { amountMinor: number; currency: string }, isCaptured = true): Promise<string> {
  const charge = `${await insertedPayment(db, money)}:authorising`;
  await provider.authorise({ key: charge, payWith: { paymentMethodId: stripeMethods.approved }, ...money, deadlineMs });
  if (isCaptured) await provider.capture({ key: `${charge}:c`, charge, ...money, deadlineMs });
  return charge;
}

it('lists what was taken and given back for us, in the minor units of each currency, and nothing else', async () => {
  const euros = { amountMinor: 3000, currency: 'EUR' };
  const charge = await charged(euros);
  await provider.refund({ key: 'back', charge, ...euros, amountMinor: 1000, deadlineMs });
  const forints = await charged({ amountMinor: 5200, currency: 'HUF' }); // no minor unit here, hundredths there
  await charged(euros, false); // reserved, not taken
  const stranger = await accountsOwn.paymentIntents.create({ amount: 900, currency: 'eur', payment_method: 'pm_card_visa' });
  await accountsOwn.paymentIntents.confirm(stranger.id, { payment_method: stripeMethods.capturesAtOnce });
  stripe.refundsAre('failed');
  await provider.refund({ key: 'never came', charge, ...euros, amountMinor: 500, deadlineMs });
  stripe.refundsAre('succeeded');
  const movements = await provider.list?.(span());
  const at = expect.any(Date);
  expect(movements).toHaveLength(3);
  expect(movements).toEqual(
    expect.arrayContaining([
      { kind: 'capture', charge, key: charge, ...euros, at },
      { kind: 'refund', charge, key: 'back', amountMinor: 1000, currency: 'EUR', at },
      { kind: 'capture', charge: forints, key: forints, amountMinor: 5200, currency: 'HUF', at },
    ]),
  );
});

it('of a time when nothing moved, nothing', async () => {
  expect(await provider.list?.({ from: new Date(0), to: new Date(hour) })).toEqual([]);
});

it('more than a page is listed whole', async () => {
  const before = (await provider.list?.(span()))?.length ?? 0;
  for (let at = 0; at < 105; at++) await charged({ amountMinor: 3000, currency: 'EUR' });
  expect((await provider.list?.(span()))?.length).toBe(before + 105);
});

it('throws when Stripe does not answer: a list that is not whole would call money missing', async () => {
  stripe.trouble(/GET \/v1\/refunds/, 500);
  await expect(provider.list?.(span())).rejects.toThrow();
});
