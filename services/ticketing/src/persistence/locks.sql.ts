import { query, type Tx } from '@boxoffice/postgres';

/** Held until the transaction ends. Always the events first, then the customers. */
const event = ({ eventId }: { eventId: string }) => `ticketing/event/${eventId}`;
const customer = ({ userId }: { userId: string }) => `ticketing/customer/${userId}`;

/** In the order of their hashes, whoever asks: two batches that name the same ones cannot deadlock. The inner sort comes before the first lock. */
const take = `SELECT pg_advisory_xact_lock(hash)
  FROM (SELECT DISTINCT hashtextextended(name, 0) AS hash FROM unnest($1::text[]) AS name ORDER BY hash OFFSET 0) AS locks`;
const shareAndTake = `SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(hash)::text ELSE pg_advisory_xact_lock(hash)::text END
  FROM (SELECT DISTINCT true AS shared, hashtextextended(name, 0) AS hash FROM unnest($1::text[]) AS name
        UNION ALL SELECT DISTINCT false, hashtextextended(name, 0) FROM unnest($2::text[]) AS name
        ORDER BY shared DESC, hash OFFSET 0) AS locks`;

/**
 * Issuing tickets: others may issue for the events at the same time, but nobody may cancel one in between, and nobody else may touch these
 * customers' tickets. So a refund or a cancellation that is under way elsewhere is either seen by us or sees our tickets. One at a time per
 * customer also makes `position` grow in commit order for each customer, which a live stream's Last-Event-ID relies on.
 */
export async function lockToIssue(tx: Tx, sales: readonly { eventId: string; userId: string }[]): Promise<void> {
  await query(tx, shareAndTake, [sales.map(event), sales.map(customer)]);
}

/** Refunding: nobody issues tickets to these customers meanwhile. */
export async function lockToRefund(tx: Tx, refunds: readonly { userId: string }[]): Promise<void> {
  await query(tx, take, [refunds.map(customer)]);
}

/** Changing what is known of events: nobody issues tickets of them meanwhile. Advisory locks, because the rows may not be there yet. */
export async function lockToChange(tx: Tx, events: readonly { eventId: string }[]): Promise<void> {
  await query(tx, take, [events.map(event)]);
}
