import { Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { defaultAccount, openAccount } from '../persistence/payment-accounts.sql.ts';
import { shortMemory } from '../short-memory.ts';

/** Who is asked about a new payment. */
export type Through = { provider: string; accountId: string | null };
/** Who takes an organisation's money: this account of its own, or (null) whoever it is by default. Refuses PAYMENTS_NOT_SET_UP. */
export type AccountFor = (organisationId: string, accountId: string | null) => Promise<Through>;

/**
 * The named account while it is open; without a name the organisation's default account, else the installation's test provider where there is one – but never for an organisation that has had an account of its
 * own: who closes it must not give tickets away. Remembered for `rememberMs`, so that a sale does not pay a round trip for it; `forget` is for who changes it.
 */
export function accountsFor({ db, testProvider, rememberMs = 5_000 }: { db: Database; testProvider: boolean; rememberMs?: number }) {
  const known = shortMemory<Through | undefined>(rememberMs);
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
    const read = () => (accountId === null ? find(organisationId) : findOpen(organisationId, accountId));
    const through = await known.of(`${organisationId} ${accountId ?? ''}`, read);
    if (!through) throw new Refusal('PAYMENTS_NOT_SET_UP', {});
    return through;
  };
  const forget = (organisationId: string) => known.forget((key) => key.startsWith(organisationId));
  return { accountFor, forget };
}
