import type { Statement } from '@boxoffice/postgres';
import { asking, isPayableWith } from './lease-payments.sql.ts';
import type { StoredPayWith } from './transaction.ts';

/** A customer's first call to pay, and the key of the question it begins with. `call` is its idempotency key with the hash of what it asks. */
export type Start = {
  paymentId: string;
  userId: string;
  key: string;
  /** Of the two, what the customer pays with: the end of a card of the test provider, or a provider's own token. */
  cardLast4: string | null;
  payWith: StoredPayWith | null;
  driver: string;
  leaseMs: number;
  call: { key: string; inputHash: string } | undefined;
};

/**
 * CREATED → AUTHORISING, with the question written down, the lease taken and the call remembered, for those that are plain: the caller's own payment that
 * waits for him and can be paid with that, under a key nobody has used. The others are missing in the answer, and nothing of them was written. Throws a unique violation when somebody
 * uses a key at this moment. The payments are different ones.
 */
export const startPayments = (starts: readonly Start[]): Statement => {
  const of = <T>(value: (start: Start) => T) => starts.map(value);
  return {
    text: startSql,
    values: [
      ...[of((start) => start.paymentId), of((start) => start.userId), of((start) => start.key), of((start) => start.cardLast4)],
      ...[
        of((start) => start.driver),
        of((start) => start.leaseMs),
        of((start) => start.call?.key ?? null),
        of((start) => start.call?.inputHash ?? null),
      ],
      of((start) => start.payWith && JSON.stringify(start.payWith)),
    ],
  };
};

// $1 uuid[] payment, $2 text[] user, $3 text[] question's key, $4 text[] card, $5 uuid[] driver, $6 int[] lease, $7 text[] call's key, $8 text[] hash of its input,
// $9 text[] what is sent to the provider, as JSON.
// An answer of {} is what `idempotent` keeps of a call that answers nothing.
const startSql = `
WITH w AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::int[], $7::text[], $8::text[], $9::text[])
    AS w (id, user_id, step_key, card_last4, driver, lease_ms, call_key, input_hash, pay_with)),
mine AS MATERIALIZED (
  SELECT w.* FROM w JOIN transactions t ON t.id = w.id AND t.user_id = w.user_id::uuid
  WHERE t.id = ANY ($1::uuid[]) AND t.status = 'PENDING' AND t.step = 'CREATED' AND t.method = 'online' AND ${isPayableWith('w.card_last4', 'w.pay_with')}
    AND NOT EXISTS (SELECT FROM idempotency_keys k WHERE k.user_id = w.user_id AND k.procedure = 'confirmPayment' AND k.key = w.call_key)
  ORDER BY t.id FOR NO KEY UPDATE OF t),
kept AS (
  INSERT INTO idempotency_keys (user_id, procedure, key, input_hash, answer)
  SELECT w.user_id, 'confirmPayment', w.call_key, w.input_hash, '{}' FROM mine w WHERE w.call_key IS NOT NULL),
taken AS (
  UPDATE transactions t SET step = 'AUTHORISING', step_key = w.step_key, step_since = statement_timestamp(), attempts = 0, card_last4 = w.card_last4, pay_with = w.pay_with::jsonb,
    driver = w.driver, driver_until = statement_timestamp() + w.lease_ms * interval '1 ms', next_check_at = statement_timestamp(),
    updated_at = statement_timestamp()
  FROM mine w WHERE t.id = ANY ($1::uuid[]) AND t.id = w.id RETURNING t.*),
${asking}`;
