import { query, type Tx } from '@boxoffice/postgres';

/** Held until the transaction ends. Always the event first, then the customer. */
const named = (kind: 'event' | 'customer', id: string) => `ticketing/${kind}/${id}`;

/**
 * Issuing tickets: others may issue for the event at the same time, but nobody may cancel it in between, and nobody else may touch this
 * customer's tickets. So a refund or a cancellation that is under way elsewhere is either seen by us or sees our tickets. One at a time per
 * customer also makes `position` grow in commit order for each customer, which a live stream's Last-Event-ID relies on.
 */
export async function lockToIssue(tx: Tx, { eventId, userId }: { eventId: string; userId: string }): Promise<void> {
  // The select list is evaluated from left to right.
  await query(tx, 'SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 0))', [
    named('event', eventId),
    named('customer', userId),
  ]);
}

/** Refunding: nobody issues tickets to this customer meanwhile. */
export async function lockToRefund(tx: Tx, { userId }: { userId: string }): Promise<void> {
  await query(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [named('customer', userId)]);
}

/** Changing what is known of an event: nobody issues tickets of it meanwhile. An advisory lock, because the row may not be there yet. */
export async function lockToChange(tx: Tx, { eventId }: { eventId: string }): Promise<void> {
  await query(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [named('event', eventId)]);
}
