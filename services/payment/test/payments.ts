import { randomUUID } from 'node:crypto';
import type { Database } from '@boxoffice/postgres';

/** A payment that waits for its customer, straight into the table; answers its id. */
export async function insertedPayment(
  db: Database,
  {
    amountMinor,
    currency,
    provider = 'stripe',
    accountId = null,
  }: { amountMinor: number; currency: string; provider?: string; accountId?: string | null },
): Promise<string> {
  const id = randomUUID();
  await db.query(
    `INSERT INTO transactions (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, next_check_at, pay_until, provider, account_id)
     VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $2, $3, '[]', now(), now() + interval '1 hour', $4, $5)`,
    [id, amountMinor, currency, provider, accountId],
  );
  return id;
}
