import { query, type Tx } from '@boxoffice/postgres';
import { keyOf, type Progress } from '../domain/payment.ts';
import { asking } from './lease-payments.sql.ts';
import { type Driven, type DrivenRow, drivenOf, type Transaction, transactionColumns } from './transaction.ts';

// A payment by hand waits in AWAITING_MONEY without a driver. Its row decides between the money, the deadline, and its customer: each of them changes it
// only while it still waits.

/**
 * How many payments by hand of this event its customer has confirmed and not paid, and the database's clock. Until the transaction ends no other of them is
 * counted or begun, so that the count is still true when the next one begins.
 */
export async function countUnpaid(tx: Tx, { eventId, userId }: { eventId: string; userId: string }): Promise<{ unpaid: number; now: Date }> {
  await query(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1::text || $2::text, 11))', [eventId, userId]);
  const [row] = await query<{ unpaid: number; now: Date }>(
    tx,
    `SELECT count(*)::int AS unpaid, statement_timestamp() AS now FROM transactions
     WHERE event_id = $1 AND user_id = $2 AND status = 'PENDING' AND method <> 'online' AND step <> 'CREATED'`,
    [eventId, userId],
  );
  if (!row) throw new Error('a count answers one row');
  return row;
}

type ByHand = { paymentId: string; reference: string; payUntil: Date; driver: string; leaseMs: number };

/**
 * CREATED → CONFIRMING_SEATS of a payment by hand, with its reference, its deadline, the question written down and the lease taken; undefined when it is not
 * waiting for its customer any more. Throws a unique violation when somebody has this reference.
 */
export async function startByHand(tx: Tx, { paymentId, reference, payUntil, driver, leaseMs }: ByHand): Promise<Driven | undefined> {
  const [row] = await query<DrivenRow>(
    tx,
    `WITH taken AS (
       UPDATE transactions SET step = 'CONFIRMING_SEATS', step_key = $2, step_since = statement_timestamp(), attempts = 0, reference = $3, pay_until = $4,
         driver = $5, driver_until = statement_timestamp() + $6 * interval '1 ms', next_check_at = statement_timestamp(), updated_at = statement_timestamp()
       WHERE id = $1 AND status = 'PENDING' AND step = 'CREATED' AND method <> 'online' RETURNING *),
     ${asking}`,
    [paymentId, keyOf(paymentId, 'CONFIRMING_SEATS'), reference, payUntil, driver, leaseMs],
  );
  return row && drivenOf(driver, row);
}

/** Writes that the money is there, and who of the staff saw it; undefined when nobody waits for it (any more). */
export async function receiveMoney(
  tx: Tx,
  { paymentId, next, paidBy, reason }: { paymentId: string; next: Progress; paidBy: string; reason: string },
): Promise<Transaction | undefined> {
  const [row] = await query<Transaction>(
    tx,
    `WITH paid AS (
       UPDATE transactions SET status = $2, step = $3, captured = $4, captured_at = statement_timestamp(), paid_by = $5, paid_reason = $6,
         step_since = statement_timestamp(), settled_at = statement_timestamp(), updated_at = statement_timestamp()
       WHERE id = $1 AND status = 'PENDING' AND step = 'AWAITING_MONEY' RETURNING *),
     kept AS (${answered('paid', `'paid'`)})
     SELECT ${transactionColumns('paid')} FROM paid`,
    [paymentId, next.status, next.step, next.captured, paidBy, reason],
  );
  return row;
}

type GivingUp = { next: Progress; driver: string; leaseMs: number };
type How = GivingUp & { ofCancelled?: Progress; answer?: string; skip?: true };

/** Its customer's payment does not wait for its money any longer; undefined when it did not. */
export async function giveUpAwaiting(tx: Tx, given: GivingUp & { paymentId: string; userId: string }): Promise<Driven | undefined> {
  const [driven] = await giveUp(tx, `id = $7 AND user_id = $8 AND status = 'PENDING' AND step = 'AWAITING_MONEY'`, given, [
    given.paymentId,
    given.userId,
  ]);
  return driven;
}

/** The same for whoever's payment it is, because its event does not take place. */
export async function giveUpOfCancelled(tx: Tx, given: GivingUp & { paymentId: string }): Promise<Driven | undefined> {
  const how = { ...given, answer: 'event cancelled' };
  const [driven] = await giveUp(tx, `id = $7 AND status = 'PENDING' AND step = 'AWAITING_MONEY'`, how, [given.paymentId]);
  return driven;
}

/** The same for at most `limit` payments whose deadline has passed. `ofCancelled`: where the event was cancelled. Any number of processes may do this at once. */
export const giveUpOverdue = (tx: Tx, given: GivingUp & { limit: number; ofCancelled: Progress }): Promise<Driven[]> =>
  giveUp(
    tx,
    `status = 'PENDING' AND step = 'AWAITING_MONEY' AND next_check_at <= statement_timestamp() AND pay_until <= statement_timestamp()
     ORDER BY next_check_at LIMIT $7`,
    { ...given, skip: true },
    [given.limit],
  );

async function giveUp(
  tx: Tx,
  which: string,
  { next, ofCancelled = next, answer = 'given up', driver, leaseMs, skip }: How,
  values: unknown[],
): Promise<Driven[]> {
  if (next.step !== 'RETURNING_SEATS') throw new Error(`nobody is asked while ${next.step}`);
  const rows = await query<DrivenRow>(
    tx,
    `WITH due AS MATERIALIZED (SELECT id FROM transactions WHERE ${which} FOR NO KEY UPDATE ${skip ? 'SKIP LOCKED' : ''}),
     taken AS (
       UPDATE transactions t SET step = 'RETURNING_SEATS', step_key = t.id || $2,
         failure_reason = CASE WHEN EXISTS (SELECT FROM event_facts f WHERE f.event_id = t.event_id AND f.status = 'CANCELLED') THEN $5 ELSE $1 END, step_since = statement_timestamp(), attempts = 0,
         driver = $3, driver_until = statement_timestamp() + $4 * interval '1 ms', next_check_at = statement_timestamp(), updated_at = statement_timestamp()
       WHERE t.id IN (SELECT id FROM due) RETURNING t.*),
     kept AS (${answered('taken', '$6')}),
     ${asking}`,
    [next.failure, keyOf('', next.step), driver, leaseMs, ofCancelled.failure, answer, ...values],
  );
  return rows.map((row) => drivenOf(driver, row));
}

/** The log of steps tells what ended the waiting, too, though nobody was asked. */
const answered = (from: string, answer: string) =>
  `INSERT INTO payment_steps (payment_id, step, key, answered_at, answer) SELECT id, 'AWAITING_MONEY', reference, statement_timestamp(), ${answer} FROM ${from}`;

/** Nobody can pay for a cancelled event, nor after an earlier start: payments by hand end then. A deadline never moves back. */
export async function endWaitingFor(tx: Tx, events: readonly { eventId: string; startsAt: Date; status: string }[]): Promise<void> {
  await query(
    tx,
    `UPDATE transactions t SET pay_until = e.ends_at, next_check_at = CASE WHEN t.step = 'AWAITING_MONEY' THEN e.ends_at ELSE t.next_check_at END,
       updated_at = statement_timestamp()
     FROM (SELECT event_id, CASE WHEN status = 'CANCELLED' THEN statement_timestamp() ELSE starts_at END AS ends_at
           FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS e (event_id, starts_at, status)) e
     WHERE t.event_id = e.event_id AND t.status = 'PENDING' AND t.method <> 'online' AND t.step IN ('CONFIRMING_SEATS', 'AWAITING_MONEY')
       AND t.pay_until > e.ends_at`,
    [events.map(({ eventId }) => eventId), events.map(({ startsAt }) => startsAt), events.map(({ status }) => status)],
  );
}
