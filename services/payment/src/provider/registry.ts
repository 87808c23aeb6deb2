import { type CircuitBreaker, circuitBreaker, type Metrics } from '@boxoffice/service-kit';
import type { AccountRow } from '../persistence/payment-accounts.sql.ts';
import { behindBreaker } from './behind-breaker.ts';
import type { PaymentProvider, Providers } from './provider.ts';

export interface RegistryDeps {
  /** The installation's own, by name: asked about payments without an account. */
  own: readonly PaymentProvider[];
  findAccount(accountId: string): Promise<AccountRow | undefined>;
  /** A provider that speaks for this account. */
  open(account: AccountRow): PaymentProvider;
  metrics: Metrics;
}

type Breaking = { breaker: CircuitBreaker; labels: { provider: string; account: string } };
/** A provider that has not answered five times in a row is left alone: for a second, later for five. Payments wait by themselves; this only keeps their asking short. */
const patience = { baseMs: 1_000, maxMs: 5_000, after: 5 };

/** Every provider of this installation, each account behind a breaker of its own. An account's provider is made anew when its keys have changed. */
export function createProviders({ own, findAccount, open, metrics }: RegistryDeps): Providers {
  const breaking = new Map<string, Breaking>();
  const shielded = (provider: PaymentProvider, account: string): PaymentProvider => {
    const breaker = circuitBreaker(patience);
    breaking.set(`${provider.name} ${account}`, { breaker, labels: { provider: provider.name, account } });
    return behindBreaker(provider, breaker);
  };
  measureBreakers(metrics, breaking);
  const installed = new Map(own.map((provider) => [provider.name, shielded(provider, '')]));
  const accounts = new Map<string, { revision: number; provider: PaymentProvider }>();
  const ofAccount = async (name: string, accountId: string): Promise<PaymentProvider> => {
    // One look per question: a key that was changed in another process counts from the next question on.
    const account = await findAccount(accountId);
    if (account?.provider !== name) throw new Error(`there is no ${name} account ${accountId}`);
    const known = accounts.get(accountId);
    if (known?.revision === account.revision) return known.provider;
    const provider = shielded(open(account), accountId);
    accounts.set(accountId, { revision: account.revision, provider });
    return provider;
  };
  return {
    async of({ provider: name, accountId }) {
      const provider = installed.get(name);
      if (provider) return provider;
      if (typeof accountId === 'string') return ofAccount(name, accountId);
      throw new Error(`this installation has no payment provider '${name}'`);
    },
    refuseUnknownMethod: (payWith) => installed.get('test')?.refuseUnknownMethod(payWith),
  };
}

const values = { closed: 0, probe: 0.5, open: 1 };

function measureBreakers(metrics: Metrics, breaking: ReadonlyMap<string, Breaking>): void {
  const words = 'Whether a payment provider is left alone: 0 asked, 1 not asked, 0.5 about to be tried.';
  metrics.gauge('boxoffice_provider_breaker', words, ['provider', 'account'], (gauge) => {
    for (const { breaker, labels } of breaking.values()) gauge.set(labels, values[breaker.state(Date.now())]);
  });
}
