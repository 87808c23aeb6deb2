import { query, type Tx } from '@boxoffice/postgres';

/**
 * First statement of everything that holds or keeps seats for a customer: such steps of one customer happen one after the other, so that the count of
 * what he has is true when it is judged, and one reservation id cannot be born twice. Everybody takes it before any seat, hence no deadlock.
 * Per customer, not per customer and event: an idempotency key names one reservation, whichever event a confused client sends it for.
 */
export async function lockCustomer(tx: Tx, userId: string): Promise<void> {
  await query(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 5))', [userId]);
}
