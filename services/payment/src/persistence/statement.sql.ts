import { type Database, query } from '@boxoffice/postgres';
import type { DayOfMethod } from '../domain/statement.ts';
import type { OurMovement } from '../domain/statement-comparison.ts';
import { capturedAt } from './transaction.ts';

/**
 * Money of an event per day and method, from one snapshot. Days are the event's own: PostgreSQL applies the zone with its daylight-saving rules. A refund
 * belongs to the day it was done on.
 */
export async function daysOfStatement(db: Database, eventId: string, timeZone: string): Promise<{ asOf: Date; rows: DayOfMethod[] }> {
  const rows = await query<Omit<DayOfMethod, 'day'> & { asOf: Date; day: string | null }>(
    db,
    `WITH facts AS (
       SELECT (${capturedAt} AT TIME ZONE $2)::date AS day, t.method, 1 AS payments, 0 AS refunds, t.amount_minor AS captured, 0 AS refunded, t.fee_minor AS fees
       FROM transactions t WHERE t.event_id = $1 AND t.captured
       UNION ALL
       SELECT (r.done_at AT TIME ZONE $2)::date, t.method, 0, 1, 0, r.amount_minor, -r.fee_minor
       FROM transactions t JOIN refunds r ON r.payment_id = t.id WHERE t.event_id = $1 AND r.status = 'DONE'),
     days AS (
       SELECT day, method, sum(payments) AS payments, sum(refunds) AS refunds, sum(captured) AS captured, sum(refunded) AS refunded, sum(fees) AS fees
       FROM facts GROUP BY day, method)
     SELECT statement_timestamp() AS "asOf", day::text AS day, method, payments::int8 AS payments, refunds::int8 AS refunds,
       captured::int8 AS "capturedMinor", refunded::int8 AS "refundedMinor", fees::int8 AS "feesMinor"
     FROM (VALUES (1)) AS one LEFT JOIN days ON true ORDER BY day, method`,
    [eventId, timeZone],
  );
  const [first] = rows;
  if (!first) throw new Error('a left join on one row answers at least one row');
  return { asOf: first.asOf, rows: rows.flatMap(({ asOf: _, day, ...row }) => (day === null ? [] : [{ day, ...row }])) };
}

/**
 * Every movement of an event's money, captures and refunds, as our books have it. A payment's charge is the key it was authorised with; a refund has the key
 * of its last round, unless staff settled it by hand.
 */
export const movementsOfEvent = (db: Database, eventId: string): Promise<OurMovement[]> =>
  query<OurMovement>(
    db,
    `SELECT 'capture' AS kind, t.id AS "paymentId", t.provider, t.account_id AS "accountId", t.id || ':authorising' AS charge, NULL AS key,
       t.amount_minor AS "amountMinor", t.currency, ${capturedAt} AS at
     FROM transactions t WHERE t.event_id = $1 AND t.captured
     UNION ALL
     SELECT 'refund', t.id, CASE WHEN r.settled_by IS NULL THEN t.provider ELSE 'by-hand' END, t.account_id, t.id || ':authorising',
       CASE WHEN r.kind = 'failed-payment' THEN r.key ELSE r.id || ':refund:' || r.round END, r.amount_minor, r.currency, r.done_at
     FROM transactions t JOIN refunds r ON r.payment_id = t.id WHERE t.event_id = $1 AND r.status = 'DONE' AND r.amount_minor > 0`,
    [eventId],
  );

/** Who was asked about payments of an event, and since when. */
export type EventAccount = { provider: string; accountId: string | null; since: Date };
export const accountsOfEvent = (db: Database, eventId: string): Promise<EventAccount[]> =>
  query<EventAccount>(
    db,
    `SELECT provider, account_id AS "accountId", min(created_at) AS since FROM transactions WHERE event_id = $1 AND step <> 'CREATED'
     GROUP BY provider, account_id ORDER BY provider, account_id`,
    [eventId],
  );

/** Which of these payments are of the event. */
export const paymentsOfEvent = async (db: Database, eventId: string, paymentIds: readonly string[]): Promise<Set<string>> => {
  const rows = await query<{ id: string }>(db, 'SELECT id FROM transactions WHERE id = ANY ($2::uuid[]) AND event_id = $1', [eventId, paymentIds]);
  return new Set(rows.map(({ id }) => id));
};
