import { type Database, query, type Tx } from '@boxoffice/postgres';
import type { Figures, PaidOrder } from '../domain/event-cancellation.ts';
import { counts } from './refunds-of-payment.sql.ts';

/** How long a code is good for. */
const validMinutes = 15;

export type Plan = { id: string; eventId: string; userId: string; codeHash: Buffer; withFees: boolean; figures: Figures };

/** Keeps a plan and answers until when its code is good, by the database's clock. */
export async function keepPlan(db: Database, { id, eventId, userId, codeHash, withFees, figures }: Plan): Promise<Date> {
  const [row] = await query<{ validUntil: Date }>(
    db,
    `INSERT INTO cancellation_plans (id, event_id, user_id, code_hash, with_fees, figures, valid_until)
     VALUES ($1, $2, $3, $4, $5, $6, statement_timestamp() + $7 * interval '1 minute') RETURNING valid_until AS "validUntil"`,
    [id, eventId, userId, codeHash, withFees, JSON.stringify(figures), validMinutes],
  );
  if (!row) throw new Error('an insert answers its row');
  return row.validUntil;
}

/** The plan this code was given for: of this event, to this user, and not too old. */
export async function findPlan(
  tx: Tx,
  { eventId, userId, codeHash }: Pick<Plan, 'eventId' | 'userId' | 'codeHash'>,
): Promise<Pick<Plan, 'withFees' | 'figures'> | undefined> {
  const [plan] = await query<Pick<Plan, 'withFees' | 'figures'>>(
    tx,
    `SELECT with_fees AS "withFees", figures FROM cancellation_plans
     WHERE event_id = $1 AND user_id = $2 AND code_hash = $3 AND valid_until > statement_timestamp()`,
    [eventId, userId, codeHash],
  );
  return plan;
}

/** Forgets plans nobody can start any more. */
export async function purgePlans(db: Database): Promise<void> {
  await query(db, `DELETE FROM cancellation_plans WHERE valid_until < statement_timestamp() - interval '1 day'`);
}

type Account = { provider: string; accountId: string | null };
export type PaidOrderRow = Omit<PaidOrder, 'hasAccount' | 'refundedSeatIds'> & Account & { refundedSeatIds: string[] };

/** Every paid order of an event that is not refunded, in one snapshot, with what was refunded of it or is about to be. */
export const paidOrders = (db: Database | Tx, eventId: string): Promise<PaidOrderRow[]> =>
  query(
    db,
    `SELECT t.id AS "paymentId", t.method, t.provider, t.account_id AS "accountId", t.seats, t.amount_minor AS "capturedMinor", t.fee_minor AS "feeMinor",
       t.settled_at AS "capturedAt",
       (SELECT coalesce(sum(r.amount_minor), 0)::int FROM refunds r
        WHERE r.payment_id = t.id AND ${counts('r')}) AS "refundedMinor",
       ARRAY(SELECT b.seat_id::text FROM refunded_seats b WHERE b.payment_id = t.id) AS "refundedSeatIds"
     FROM transactions t WHERE t.event_id = $1 AND t.status = 'CONFIRMED' ORDER BY t.id`,
    [eventId],
  );

/** Orders of an event whose seats are sold and whose money has not come. */
export async function countUnpaidOrders(db: Database | Tx, eventId: string): Promise<{ unpaid: number; now: Date }> {
  const [row] = await query<{ unpaid: number; now: Date }>(
    db,
    `SELECT count(*)::int AS unpaid, statement_timestamp() AS now FROM transactions t WHERE t.event_id = $1 AND t.status = 'PENDING' AND t.step = 'AWAITING_MONEY'`,
    [eventId],
  );
  if (!row) throw new Error('a count answers one row');
  return row;
}
