import { randomUUID } from 'node:crypto';
import type { Database } from '@boxoffice/postgres';
import { eventually, testDatabase } from '@boxoffice/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { cards } from '../../test/stage.ts';
import type { PaymentProvider } from './provider.ts';
import { testCards } from './test-cards.ts';
import { createTestProvider } from './test-provider.ts';

let db: Database;
let provider: PaymentProvider;
beforeAll(async () => {
  db = await testDatabase({ name: 'payment', entities: [], migrations });
  provider = createTestProvider({ db, lateMs: 200 });
});

const money = { amountMinor: 1500, currency: 'EUR', deadlineMs: 50 };
const authorise = (card: string, key = randomUUID()) => provider.authorise({ key, payWith: { card }, ...money });
const approved = (captured = false) => ({ kind: 'approved', reference: expect.any(String), captured });

it('knows its documented cards only', () => {
  for (const { number } of testCards) expect(() => provider.refuseUnknownMethod({ card: number })).not.toThrow();
  expect(testCards.map(({ number }) => number).sort()).toEqual(Object.values(cards).sort());
  expect(() => provider.refuseUnknownMethod({ card: '4111111111111111' })).toThrow('only its documented test cards');
});

it('answers each card as documented', async () => {
  expect(await authorise(cards.approved)).toEqual(approved());
  expect(await authorise(cards.capturesAtOnce)).toEqual(approved(true));
  expect(await authorise(cards.declined)).toEqual({ kind: 'declined', reason: 'card-declined' });
  expect(await authorise(cards.insufficientFunds)).toEqual({ kind: 'declined', reason: 'insufficient-funds' });
  const late = randomUUID();
  expect(await authorise(cards.late, late)).toEqual({ kind: 'pending' });
  await eventually(async () => expect(await provider.lookUp({ charge: late, deadlineMs: 50 })).toEqual(approved()));
});

it('answers the same key the same, whatever comes with it, and makes one charge', async () => {
  const key = randomUUID();
  const answers = await Promise.all(
    [cards.approved, cards.approved, cards.declined].map((card, i) => (i < 2 ? authorise(card, key) : authorise(cards.approved, key))),
  );
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(await authorise(cards.declined, key)).toEqual(answers[0]);
  expect(await db.query('SELECT 1 FROM test_provider_charges WHERE key = $1', [key])).toHaveLength(1);
});

it('captures once, under one key; then it can be refunded and not voided', async () => {
  const charge = randomUUID();
  await authorise(cards.approved, charge);
  const capture = (key: string) => provider.capture({ key, charge, ...money });
  expect(await capture('c1')).toMatchObject({ kind: 'approved' });
  expect(await capture('c1')).toMatchObject({ kind: 'approved' });
  expect(await capture('c2')).toEqual({ kind: 'declined', reason: 'captured-already' });
  expect(await provider.void({ key: 'v', charge, deadlineMs: 50 })).toEqual({ kind: 'declined', reason: 'captured-already' });
  expect(await provider.refund({ key: `${charge} r`, charge, ...money })).toMatchObject({ kind: 'approved' });
  expect(await provider.refund({ key: `${charge} r`, charge, ...money })).toMatchObject({ kind: 'approved' });
  expect(await provider.refund({ key: `${charge} r2`, charge, ...money })).toMatchObject({ kind: 'declined' });
});

describe('refunds of a charge', () => {
  const captured = async () => {
    const charge = randomUUID();
    await authorise(cards.capturesAtOnce, charge);
    const refund = (key: string, amountMinor: number) => provider.refund({ key, charge, amountMinor, currency: 'EUR', deadlineMs: 50 });
    const lookUp = (key: string) => provider.lookUpRefund?.({ key, charge, deadlineMs: 50 });
    return { charge, refund, lookUp };
  };
  const chargeRow = async (charge: string) =>
    (await db.query('SELECT status, refunded_minor FROM test_provider_charges WHERE key = $1', [charge]))[0];

  it('may be parts, up to exactly what was captured', async () => {
    const { charge, refund } = await captured();
    expect(await refund(`${charge} p1`, 1000)).toMatchObject({ kind: 'approved' });
    expect(await chargeRow(charge)).toEqual({ status: 'captured', refunded_minor: 1000 });
    expect(await refund(`${charge} p2`, 501)).toMatchObject({ kind: 'declined' });
    expect(await refund(`${charge} p3`, 500)).toMatchObject({ kind: 'approved' });
    expect(await chargeRow(charge)).toEqual({ status: 'refunded', refunded_minor: 1500 });
  });

  it('at once under one key are one; under many keys they are never more than was captured', async () => {
    const { charge, refund } = await captured();
    const same = await Promise.all(Array.from({ length: 10 }, () => refund('same', 400)));
    expect(new Set(same.map(({ kind }) => kind))).toEqual(new Set(['approved']));
    expect(await chargeRow(charge)).toMatchObject({ refunded_minor: 400 });
    const others = await Promise.all(Array.from({ length: 20 }, (_, n) => refund(`other ${n}`, 400)));
    expect(others.filter(({ kind }) => kind === 'approved')).toHaveLength(2);
    expect(await chargeRow(charge)).toMatchObject({ refunded_minor: 1200 });
  });

  it('a key that was declined stays declined, and can be looked up', async () => {
    const { charge, refund, lookUp } = await captured();
    expect(await lookUp('d')).toEqual({ kind: 'absent' });
    expect(await refund('d', 1501)).toMatchObject({ kind: 'declined' });
    expect(await refund('d', 1)).toMatchObject({ kind: 'declined' });
    expect(await lookUp('d')).toMatchObject({ kind: 'declined' });
    expect(await refund('e', 1)).toMatchObject({ kind: 'approved' });
    expect(await lookUp('e')).toMatchObject({ kind: 'approved' });
    expect(await chargeRow(charge)).toMatchObject({ refunded_minor: 1 });
  });
});

it('a void shuts the key for good, also before its request arrives', async () => {
  const charge = randomUUID();
  expect(await provider.lookUp({ charge, deadlineMs: 50 })).toEqual({ kind: 'absent' });
  expect(await provider.void({ key: 'v', charge, deadlineMs: 50 })).toMatchObject({ kind: 'approved' });
  expect(await authorise(cards.approved, charge)).toEqual({ kind: 'declined', reason: 'voided' });
  expect(await provider.capture({ key: 'c', charge, ...money })).toMatchObject({ kind: 'declined' });
});

it('asks the customer where the card wants it, at an address only he was told', async () => {
  const asking = createTestProvider({ db, lateMs: 200, publicUrl: 'https://shop.example' });
  const charge = randomUUID();
  const answer = await asking.authorise({ key: charge, payWith: { card: cards.challenged }, ...money });
  expect(answer).toEqual({ kind: 'pending', actionUrl: expect.stringMatching(/^https:\/\/shop\.example\/test-provider\/challenges\/[\da-f-]{36}$/) });
  expect(await asking.lookUp({ charge, deadlineMs: 50 })).toEqual(answer);
  expect(answer.kind === 'pending' && answer.actionUrl?.includes(charge)).toBe(false);
  expect(await asking.capture({ key: 'c', charge, ...money })).toMatchObject({ kind: 'declined' });
});
