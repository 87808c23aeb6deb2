import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { ProviderAnswer } from '../domain/payment.ts';
import { tellingOf } from './test-provider-events.ts';

interface RefundRequest {
  key: string;
  charge: string;
  amountMinor: number;
}

/** Gives back a part of a captured charge, or declines for good; the same key is answered the same, whatever came with it. `tells`: an event is written with it. */
export const refundCharge = (db: Database, request: RefundRequest, tells: boolean): Promise<ProviderAnswer> =>
  db.transaction(async (tx) => {
    // Insert first: whoever comes with the same key at this moment waits here for the answer.
    const isNew = await query(
      tx,
      `INSERT INTO test_provider_refunds (key, charge, amount_minor) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`,
      [request.key, request.charge, request.amountMinor],
    );
    if (isNew.length > 0 && !(await takeFromCharge(tx, request, tells)))
      await query(tx, 'UPDATE test_provider_refunds SET declined = true WHERE key = $1', [request.key]);
    return refundOf(tx, request.key);
  });

/** What became of the refund with this key. */
export async function refundOf(db: Database | Tx, key: string): Promise<ProviderAnswer> {
  const [refund] = await query<{ declined: boolean }>(db, 'SELECT declined FROM test_provider_refunds WHERE key = $1', [key]);
  if (!refund) return { kind: 'absent' };
  return refund.declined ? { kind: 'declined', reason: 'card-declined' } : { kind: 'approved' };
}

/** Never more than was captured; with the last of it the charge is `refunded`. */
async function takeFromCharge(tx: Tx, { charge, amountMinor }: RefundRequest, tells: boolean): Promise<boolean> {
  const rows = await query(
    tx,
    tells ? `WITH refunded AS (${taking}), told AS (${tellingOf('refunded', `'charge.refunded'`)}) SELECT key FROM refunded` : taking,
    [charge, amountMinor],
  );
  return rows.length > 0;
}

const taking = `
UPDATE test_provider_charges SET refunded_minor = refunded_minor + $2,
  status = CASE WHEN refunded_minor + $2 = amount_minor THEN 'refunded' ELSE status END
WHERE key = $1 AND status = 'captured' AND refunded_minor + $2 <= amount_minor RETURNING *`;
