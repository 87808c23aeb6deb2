import { Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { defaultAccount, openAccount } from '../persistence/payment-accounts.sql.ts';

/** Who is asked about a new payment. */
export type Through = { provider: string; accountId: string | null };
/** Who takes an organisation's money: this account of its own, or (null) whoever it is by default. Refuses PAYMENTS_NOT_SET_UP. */
export type AccountFor = (organisationId: string, accountId: string | null) => Promise<Through>;

/**
 * The named account while it is open; without a name the organisation's default account, else the installation's test provider where there is one – but never for an organisation that has had an account of its
 * own: who closes it must not give tickets away. Remembered for `rememberMs`, so that a sale does not pay a round trip for it; `forget` is for who changes it.
 */
export function accountsFor({ db, testProvider, rememberMs = 5_000 }: { db: Database; testProvider: boolean; rememberMs?: number }) {
  const known = new Map<string, { until: number; through: Promise<Through | undefined> }>();
  const find = async (organisationId: string): Promise<Through | undefined> => {
    const { accountId, provider, hasAny } = await defaultAccount(db, organisationId);
    if (accountId !== null && provider !== null) return { provider, accountId };
    return testProvider && !hasAny ? { provider: 'test', accountId: null } : undefined;
  };
  const findOpen = async (organisationId: string, accountId: string): Promise<Through | undefined> => {
    const account = await openAccount(db, { organisationId, accountId });
    return account && { provider: account.provider, accountId };
  };
  const accountFor: AccountFor = async (organisationId, accountId) => {
    const now = performance.now();
    const name = `${organisationId} ${accountId ?? ''}`;
    let remembered = known.get(name);
    if (!remembered || remembered.until <= now) {
      if (known.size >= 1_000) known.clear();
      remembered = { until: now + rememberMs, through: accountId === null ? find(organisationId) : findOpen(organisationId, accountId) };
      known.set(name, remembered);
      remembered.through.catch(() => known.delete(name));
    }
    const through = await remembered.through;
    if (!through) throw new Refusal('PAYMENTS_NOT_SET_UP', {});
    return through;
  };
  const forget = (organisationId: string) => {
    for (const name of known.keys()) if (name.startsWith(organisationId)) known.delete(name);
  };
  return { accountFor, forget };
}
