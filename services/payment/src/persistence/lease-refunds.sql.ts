import { type Database, query } from '@boxoffice/postgres';
import { readPayments } from './find-payments.ts';
import { type DrivenRefund, type OwnRefund, refundColumns } from './refund-row.ts';

// The lease of a refund is that of a payment (lease-payments.sql.ts): whoever wrote `driver` last asks, and is the only one whose answers are written.

interface Lease {
  driver: string;
  leaseMs: number;
}

/** The lease of one open refund, due or not; undefined while another driver has it or when nothing is open. */
export async function leaseRefund(db: Database, { refundId, driver, leaseMs }: Lease & { refundId: string }): Promise<DrivenRefund | undefined> {
  const rows = await query<AskedRefund>(db, `WITH taken AS (${take(`r.id = $3 AND ${isFree}`)}), ${asking}`, [driver, leaseMs, refundId]);
  return (await drivenRefunds(db, driver, rows))[0];
}

/** The leases of at most `limit` open refunds whose time to ask again has come. Any number of processes may do this at once. */
export async function leaseDueRefunds(db: Database, { driver, leaseMs, limit }: Lease & { limit: number }): Promise<DrivenRefund[]> {
  const rows = await query<AskedRefund>(
    db,
    `WITH due AS MATERIALIZED (
       SELECT r.id FROM refunds r WHERE r.next_check_at <= statement_timestamp() AND ${isFree}
       ORDER BY r.next_check_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
     taken AS (${take('r.id IN (SELECT id FROM due)')}), ${asking}`,
    [driver, leaseMs, limit],
  );
  return drivenRefunds(db, driver, rows);
}

/** A refund's row with the question that was written for it. */
export type AskedRefund = OwnRefund & { askId: number | null };

async function drivenRefunds(db: Database, driver: string, rows: readonly AskedRefund[]): Promise<DrivenRefund[]> {
  if (rows.length === 0) return [];
  const payments = new Map((await readPayments(db, [...new Set(rows.map(({ paymentId }) => paymentId))])).map((payment) => [payment.id, payment]));
  return rows.flatMap(({ askId, ...refund }) => {
    const payment = payments.get(refund.paymentId);
    return payment ? [{ refund, payment, driver, askId }] : [];
  });
}

const isOpen = (alias: string) => `${alias}.status = 'PENDING' AND ${alias}.step IN ('CANCELLING_TICKETS', 'REFUNDING', 'RETURNING_SEATS')`;
const isFree = `${isOpen('r')} AND (r.driver_until IS NULL OR r.driver_until <= statement_timestamp())`;

const take = (condition: string) => `
  UPDATE refunds r SET driver = $1, driver_until = statement_timestamp() + $2 * interval '1 ms', attempts = r.attempts + 1 WHERE ${condition} RETURNING r.*`;

/** Writes the question of every open refund in `taken` before it is asked. */
export const asking = `
  asked AS (
    INSERT INTO payment_steps (payment_id, step, key) SELECT payment_id, 'REFUND:' || step, key FROM taken WHERE ${isOpen('taken')} RETURNING id, key)
  SELECT ${refundColumns('taken')}, asked.id AS "askId" FROM taken LEFT JOIN asked ON asked.key = taken.key`;
