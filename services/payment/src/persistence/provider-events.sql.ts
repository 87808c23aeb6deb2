import { type Database, query } from '@boxoffice/postgres';
import { isOpenToLateMoney } from './payment-news.sql.ts';

export interface ProviderEvent {
  provider: string;
  /** The account's id, or a name of the installation's own provider. */
  account: string;
  accountId: string | null;
  eventId: string;
  type: string;
  paymentId: string | null;
}

/**
 * Takes an event, once, and makes its payment and the open refunds of it due; that it has to be followed stands in payment_news. `isNew` false: it was taken before, nothing
 * was changed. The payment must be of the account that speaks: nobody's webhook moves another's payments. Undefined payment: none, or none of this account's.
 */
export async function takeProviderEvent(db: Database, event: ProviderEvent): Promise<{ isNew: boolean; paymentId: string | undefined }> {
  const [row] = await query<{ isNew: boolean; paymentId: string | null }>(
    db,
    `WITH payment AS (SELECT id, status, captured FROM transactions WHERE id = $6 AND provider = $1 AND account_id IS NOT DISTINCT FROM $3::uuid),
     taken AS (
       INSERT INTO provider_events (provider, account, event_id, type, payment_id) VALUES ($1, $2, $4, $5, (SELECT id FROM payment))
       ON CONFLICT (provider, account, event_id) DO NOTHING RETURNING payment_id),
     refunds_due AS (
       UPDATE refunds r SET next_check_at = statement_timestamp() FROM taken
       WHERE r.payment_id = taken.payment_id AND r.status = 'PENDING' AND r.step IS NOT NULL),
     due AS (
       UPDATE transactions t SET next_check_at = statement_timestamp() FROM taken
       WHERE t.id = taken.payment_id AND t.status = 'PENDING' AND t.step <> 'CREATED'),
     news AS (${isNews})
     SELECT EXISTS (SELECT FROM taken) AS "isNew", (SELECT payment_id FROM taken) AS "paymentId"`,
    [event.provider, event.account, event.accountId, event.eventId, event.type, event.paymentId],
  );
  return { isNew: row?.isNew ?? false, paymentId: row?.paymentId ?? undefined };
}

// An open payment's own driver hears of it, unless it is just being told "no": a minute later that is seen.
const isNews = `
  INSERT INTO payment_news (payment_id, follow_at)
  SELECT p.id, statement_timestamp() + CASE p.status WHEN 'PENDING' THEN interval '1 minute' ELSE interval '0' END
  FROM taken JOIN payment p ON p.id = taken.payment_id WHERE ${isOpenToLateMoney('p')} OR (p.status = 'PENDING' AND NOT p.captured)
  ON CONFLICT (payment_id) DO UPDATE
    SET version = payment_news.version + 1, attempts = 0, follow_at = least(payment_news.follow_at, excluded.follow_at)`;

/** Forgets events that no provider repeats any more, in batches. Answers how many. */
export async function purgeProviderEvents(db: Database, keptForDays: number): Promise<number> {
  const rows = await query(
    db,
    `DELETE FROM provider_events WHERE id IN (
       SELECT id FROM provider_events WHERE received_at < statement_timestamp() - $1 * interval '1 day' ORDER BY received_at LIMIT 5000) RETURNING id`,
    [keptForDays],
  );
  return rows.length;
}
