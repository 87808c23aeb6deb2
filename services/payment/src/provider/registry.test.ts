import { randomUUID } from 'node:crypto';
import { createMetrics } from '@boxoffice/service-kit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ProviderAnswer } from '../domain/payment.ts';
import type { AccountRow } from '../persistence/payment-accounts.sql.ts';
import type { PaymentProvider } from './provider.ts';
import { createProviders } from './registry.ts';

afterEach(() => vi.useRealTimers());

/** The outside world, saying what it is told to. */
function bank(name: string, says: { answer: ProviderAnswer | Error }) {
  const asked: string[] = [];
  const answer = (what: string) => async () => {
    asked.push(what);
    if (says.answer instanceof Error) throw says.answer;
    return says.answer;
  };
  const provider: PaymentProvider = {
    ...{ name, refuseUnknownMethod: () => {}, authorise: answer('authorise'), capture: answer('capture'), void: answer('void') },
    ...{ refund: answer('refund'), lookUp: answer('lookUp'), lookUpRefund: answer('lookUpRefund') },
  };
  return { asked, provider };
}
const account = (id: string, revision = 1) => ({ id, provider: 'stripe', revision }) as AccountRow; // what the registry reads of it
const question = { charge: 'c', deadlineMs: 10 };

describe('who is asked', () => {
  it('an account of its own, made once until its keys change', async () => {
    const id = randomUUID();
    let revision = 1;
    const opened: number[] = [];
    const providers = createProviders({
      own: [],
      findAccount: async (wanted) => (wanted === id ? account(id, revision) : undefined),
      open: (of) => {
        opened.push(of.revision);
        return bank('stripe', { answer: { kind: 'pending' } }).provider;
      },
      metrics: createMetrics('payment'),
    });
    const first = await providers.of({ provider: 'stripe', accountId: id });
    expect(await providers.of({ provider: 'stripe', accountId: id })).toBe(first);
    revision = 2;
    expect(await providers.of({ provider: 'stripe', accountId: id })).not.toBe(first);
    expect(opened).toEqual([1, 2]);
    await expect(providers.of({ provider: 'stripe', accountId: randomUUID() })).rejects.toThrow('there is no stripe account');
    await expect(providers.of({ provider: 'stripe', accountId: null })).rejects.toThrow("no payment provider 'stripe'");
    await expect(providers.of({ provider: 'other', accountId: id })).rejects.toThrow('there is no other account');
    await expect(providers.of({ provider: 'test' })).rejects.toThrow("no payment provider 'test'"); // TEST_PROVIDER=off
  });
});

describe('a provider that does not answer', () => {
  const open = async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const says: { answer: ProviderAnswer | Error } = { answer: { kind: 'pending' } };
    const { asked, provider } = bank('test', says);
    const metrics = createMetrics('payment');
    const providers = createProviders({ own: [provider], findAccount: async () => undefined, open: () => provider, metrics });
    const shielded = await providers.of({ provider: 'test' });
    const ask = () => shielded.lookUp(question).catch((error: Error) => error.message);
    const gauge = async () => /boxoffice_provider_breaker\{provider="test",account=""\} (\S+)/.exec(await metrics.text())?.[1];
    return { says, asked, ask, gauge, shielded };
  };

  it('five times in a row is left alone, answered unknown at once, and tried again by one', async () => {
    const { says, asked, ask, gauge } = await open();
    says.answer = new Error('down');
    for (let n = 0; n < 5; n++) expect(await ask()).toBe('down');
    expect([await ask(), asked.length, await gauge()]).toEqual([{ kind: 'unknown' }, 5, '1']);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await gauge()).toBe('0.5');
    says.answer = { kind: 'approved' };
    const [probe, other] = [ask(), ask()];
    expect([await probe, await other, asked.length]).toEqual([{ kind: 'approved' }, { kind: 'unknown' }, 6]);
    expect([await ask(), await gauge()]).toEqual([{ kind: 'approved' }, '0']);
  });

  it('every question counts, also of refunds; a "no" is an answer', async () => {
    const { says, asked, shielded } = await open();
    says.answer = { kind: 'unknown' };
    const request = { key: 'k', ...question, amountMinor: 1, currency: 'EUR' };
    const all = [
      () => shielded.authorise({ ...request, payWith: {} }),
      () => shielded.capture(request),
      () => shielded.void(request),
      () => shielded.refund(request),
      () => shielded.lookUpRefund?.(request),
    ];
    says.answer = { kind: 'declined', reason: 'card-declined' };
    for (const ask of [...all, ...all]) await ask();
    says.answer = { kind: 'unknown' };
    for (const ask of all) await ask();
    for (const ask of all) expect(await ask()).toEqual({ kind: 'unknown' });
    expect(asked).toHaveLength(15);
  });
});
