import { Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { defaultAccount } from '../persistence/payment-accounts.sql.ts';

/** Who is asked about a new payment. */
export type Through = { provider: string; accountId: string | null };
/** Who takes the money of this organisation's event. Refuses PAYMENTS_NOT_SET_UP. */
export type AccountFor = (organisationId: string, eventId: string) => Promise<Through>;

/**
 * The organisation's default account, else the installation's test provider where there is one – but never for an organisation that has had an account of its
 * own: who closes it must not give tickets away. Remembered for `rememberMs`, so that a sale does not pay a round trip for it; `forget` is for who changes it.
 */
export function accountsFor({ db, testProvider, rememberMs = 5_000 }: { db: Database; testProvider: boolean; rememberMs?: number }) {
  const known = new Map<string, { until: number; through: Promise<Through | undefined> }>();
  const find = async (organisationId: string): Promise<Through | undefined> => {
    const { accountId, provider, hasAny } = await defaultAccount(db, organisationId);
    if (accountId !== null && provider !== null) return { provider, accountId };
    return testProvider && !hasAny ? { provider: 'test', accountId: null } : undefined;
  };
  const accountFor: AccountFor = async (organisationId) => {
    const now = performance.now();
    let remembered = known.get(organisationId);
    if (!remembered || remembered.until <= now) {
      if (known.size >= 1_000) known.clear();
      remembered = { until: now + rememberMs, through: find(organisationId) };
      known.set(organisationId, remembered);
      remembered.through.catch(() => known.delete(organisationId));
    }
    const through = await remembered.through;
    if (!through) throw new Refusal('PAYMENTS_NOT_SET_UP', {});
    return through;
  };
  return { accountFor, forget: (organisationId: string) => void known.delete(organisationId) };
}
