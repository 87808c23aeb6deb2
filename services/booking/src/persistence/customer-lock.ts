import { query, type Statement, type Tx } from '@boxoffice/postgres';

/**
 * First statement of everything that holds or keeps seats for customers: such steps of one customer happen one after the other, so that the count of
 * what he has is true when it is judged, and one reservation id cannot be born twice. Everybody takes it before any seat, in one order, hence no deadlock.
 * Per customer, not per customer and event: an idempotency key names one reservation, whichever event a confused client sends it for.
 */
export const lockCustomers = (userIds: readonly string[]): Statement => ({ text: lockSql, values: [[...new Set(userIds)]] });

/** The same for one customer, in a transaction that is open. A process that stands still after it gives seats and customer back in two seconds. */
export async function lockCustomer(tx: Tx, userId: string): Promise<void> {
  const { text, values } = lockCustomers([userId]);
  await query(tx, "SELECT set_config('idle_in_transaction_session_timeout', '2s', true)");
  await query(tx, text, values);
}

const lockSql = `
SELECT count(pg_advisory_xact_lock(k)) FROM (SELECT DISTINCT hashtextextended(u::text, 5) AS k FROM unnest($1::uuid[]) AS t (u) ORDER BY k) keys`;
