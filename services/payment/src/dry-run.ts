import type { Database, Tx } from '@boxoffice/postgres';
import { type DryRun, dryRun } from './domain/event-cancellation.ts';
import { countUnpaidOrders, type PaidOrderRow, paidOrders } from './persistence/cancellation-plans.sql.ts';
import type { Providers } from './provider/provider.ts';

type Given = { providers: Pick<Providers, 'of'>; event: { eventId: string; currency: string }; withFees: boolean };

/** What refunding a whole event would give back now. */
export async function dryRunOf(db: Database | Tx, { providers, event, withFees }: Given): Promise<DryRun> {
  const rows = await paidOrders(db, event.eventId);
  const { unpaid, now } = await countUnpaidOrders(db, event.eventId);
  const accounts = await accountsOf(providers, rows);
  const orders = rows.map((row) => ({ ...row, refundedSeatIds: new Set(row.refundedSeatIds), hasAccount: accounts.has(keyOf(row)) }));
  return dryRun({ orders, unpaidOrders: unpaid, currency: event.currency }, { withFees, now });
}

type Account = Pick<PaidOrderRow, 'provider' | 'accountId'>;
const keyOf = ({ provider, accountId }: Account) => `${provider} ${accountId ?? ''}`;

/** The accounts that money can go back through, each looked up once. */
async function accountsOf(providers: Pick<Providers, 'of'>, rows: readonly Account[]): Promise<Set<string>> {
  const distinct = [...new Map(rows.map((row) => [keyOf(row), row])).values()].filter(({ provider }) => provider !== 'by-hand');
  const found = await Promise.all(
    distinct.map((account) =>
      providers.of(account).then(
        () => [keyOf(account)],
        () => [],
      ),
    ),
  );
  return new Set(found.flat());
}
