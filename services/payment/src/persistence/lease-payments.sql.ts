import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { Start } from './start-payments.sql.ts';
import { type Driven, type DrivenRow, drivenOf, transactionColumns } from './transaction.ts';

// A lease is `driver` + `driver_until`: whoever wrote it last asks the questions and is the only one whose answers are written. A driver that
// was killed is followed by another when its time is over; what both of them may have asked carries the same key.

interface Lease {
  driver: string;
  leaseMs: number;
}

/** CREATED → AUTHORISING, with the question written down and the lease taken; undefined when the payment is not waiting for its customer any more. */
export async function startPayment(tx: Tx, start: Lease & Pick<Start, 'paymentId' | 'key' | 'cardLast4' | 'payWith'>): Promise<Driven | undefined> {
  const [row] = await query<DrivenRow>(
    tx,
    `WITH taken AS (
       UPDATE transactions t SET step = 'AUTHORISING', step_key = $2, step_since = statement_timestamp(), attempts = 0, card_last4 = $3, pay_with = $6::jsonb,
         driver = $4, driver_until = statement_timestamp() + $5 * interval '1 ms', next_check_at = statement_timestamp(), updated_at = statement_timestamp()
       WHERE id = $1 AND status = 'PENDING' AND step = 'CREATED' AND method = 'online' AND ${isPayableWith('$3::text', '$6::text')} RETURNING *),
     ${asking}`,
    [start.paymentId, start.key, start.cardLast4, start.driver, start.leaseMs, start.payWith && JSON.stringify(start.payWith)],
  );
  return row && drivenOf(start.driver, row);
}

/** Whether the payment's provider takes this. A card must never reach another than the test provider; providers that need nothing take nothing amiss. */
export const isPayableWith = (card: string, payWith: string) =>
  `CASE t.provider WHEN 'test' THEN ${card} IS NOT NULL WHEN 'stripe' THEN ${payWith} IS NOT NULL ELSE true END`;

/** The lease of one open payment, due or not; undefined while another driver has it or when nothing is open. */
export async function leasePayment(db: Database, { paymentId, driver, leaseMs }: Lease & { paymentId: string }): Promise<Driven | undefined> {
  const [row] = await query<DrivenRow>(db, `WITH taken AS (${take(`t.id = $3 AND ${isFree}`)}), ${asking}`, [driver, leaseMs, paymentId]);
  return row && drivenOf(driver, row);
}

/** The leases of at most `limit` open payments whose time to ask again has come. Any number of reconcilers may do this at once. */
export async function leaseDuePayments(db: Database, { driver, leaseMs, limit }: Lease & { limit: number }): Promise<Driven[]> {
  const rows = await query<DrivenRow>(
    db,
    `WITH due AS MATERIALIZED (
       SELECT t.id FROM transactions t WHERE t.next_check_at <= statement_timestamp() AND ${isFree}
       ORDER BY t.next_check_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
     taken AS (${take('t.id IN (SELECT id FROM due)')}), ${asking}`,
    [driver, leaseMs, limit],
  );
  return rows.map((row) => drivenOf(driver, row));
}

const isFree = `t.status = 'PENDING' AND t.step NOT IN ('CREATED', 'AWAITING_MONEY') AND (t.driver_until IS NULL OR t.driver_until <= statement_timestamp())`;

const take = (condition: string) => `
  UPDATE transactions t SET driver = $1, driver_until = statement_timestamp() + $2 * interval '1 ms', attempts = t.attempts + 1,
    updated_at = statement_timestamp()
  WHERE ${condition} RETURNING t.*`;

/** Writes the question of every payment in `taken` before it is asked. */
export const asking = `
  asked AS (INSERT INTO payment_steps (payment_id, step, key) SELECT id, step, step_key FROM taken WHERE step NOT IN ('AWAITING_MONEY', 'SETTLED') RETURNING id AS ask_id, payment_id)
  SELECT ${transactionColumns('taken')}, asked.ask_id AS "askId", statement_timestamp() AS "askedAt"
  FROM taken LEFT JOIN asked ON asked.payment_id = taken.id`;
