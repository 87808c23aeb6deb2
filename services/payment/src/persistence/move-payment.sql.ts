import { type Said, saidArrays, saidColumns, saidNames, saidValues } from '@boxoffice/messaging';
import { query, type Statement, type Tx } from '@boxoffice/postgres';
import type { Progress } from '../domain/payment.ts';
import { asking } from './lease-payments.sql.ts';
import { type Driven, type DrivenRow, drivenOf } from './transaction.ts';

/** `undefined` leaves the page that the customer was sent to. */
type Again = { againInMs: number; actionUrl?: string | null | undefined };
interface Answered {
  /** What was said, for the log of steps: never card data. */
  answer: string;
}

/** Where a payment goes on an answer: its next state, the next question's key, and the fact that leaves with it. */
export type Move = Answered & {
  driven: Driven;
  next: Progress;
  key: string | null;
  leaseMs: number;
  reference: string | undefined;
  said: Said | undefined;
};

/**
 * Writes answers and what they lead to, with the next questions and the facts that leave; each fenced on driver and step. A payment that another driver
 * has taken over is missing in the answer: of its move nothing but the log of steps was written. The payments are different ones.
 */
export const movePayments = (moves: readonly Move[]): Statement => {
  const of = <T>(value: (move: Move) => T) => moves.map(value);
  const said = moves.flatMap((move) => (move.said ? [{ ...move.said, paymentId: move.driven.payment.id }] : []));
  return {
    text: moveSql,
    values: [
      ...[of(({ driven }) => driven.payment.id), of(({ driven }) => driven.driver), of(({ driven }) => driven.payment.step)],
      ...[
        of(({ next }) => next.status),
        of(({ next }) => next.step),
        of((move) => move.key),
        of(({ next }) => next.captured),
        of(({ next }) => next.failure),
      ],
      ...[of((move) => move.answer), of(({ driven }) => driven.askId), of((move) => move.reference ?? null), of((move) => move.leaseMs)],
      ...[said.map(({ paymentId }) => paymentId), ...saidValues(said)],
    ],
  };
};

/** The moves' payments as they are now, in the moves' order; undefined for one that another driver has. */
export function movedOf(moves: readonly Move[], rows: readonly DrivenRow[]): (Driven | undefined)[] {
  const moved = new Map(rows.map((row) => [row.id, row]));
  return moves.map(({ driven }) => {
    const row = moved.get(driven.payment.id);
    return row && drivenOf(driven.driver, row);
  });
}

/** One move in the transaction of something else that must be true with it; see `movePayments`. */
export async function movePayment(tx: Tx, move: Move): Promise<Driven | undefined> {
  const { text, values } = movePayments([move]);
  return movedOf([move], await query<DrivenRow>(tx, text, values))[0];
}

// Steps that nobody drives.
const undriven = `('AWAITING_MONEY', 'SETTLED')`;

// $1 uuid[] payment, $2 uuid[] driver, $3 text[] step, then the next state; $13 uuid[] payment of each fact, $14 … the facts.
// Rows are asked for by `= ANY`: to a table that was empty when it was looked at, Postgres joins by walking its whole index, whatever it has become.
// What is due stays due as it was: `next_check_at` is indexed, and a move that leaves it as it is stays on its page.
// Locked first, in id order: two drivers that fight for the same payments wait for each other instead of killing each other.
const moveSql = `
WITH w AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::int[])
    AS w (id, driver, step, next_status, next_step, next_key, next_captured, failure, answer, ask_id, reference, lease_ms)),
answered AS (UPDATE payment_steps s SET answered_at = statement_timestamp(), answer = w.answer FROM w
  WHERE s.id = ANY ($10::bigint[]) AND s.id = w.ask_id),
mine AS MATERIALIZED (
  SELECT w.* FROM w JOIN transactions t ON t.id = w.id
  WHERE t.id = ANY ($1::uuid[]) AND t.driver = w.driver AND t.step = w.step ORDER BY t.id FOR NO KEY UPDATE OF t),
taken AS (
  UPDATE transactions t SET status = w.next_status, step = w.next_step, step_key = w.next_key, step_since = statement_timestamp(), captured = w.next_captured,
    failure_reason = w.failure, provider_reference = coalesce(w.reference, t.provider_reference), attempts = 0,
    pay_with = NULL, action_url = NULL,
    captured_at = CASE WHEN w.next_captured THEN coalesce(t.captured_at, statement_timestamp()) END,
    next_check_at = CASE WHEN w.next_step = 'AWAITING_MONEY' THEN t.pay_until ELSE least(t.next_check_at, statement_timestamp()) END, updated_at = statement_timestamp(),
    driver = CASE WHEN w.next_step IN ${undriven} THEN NULL ELSE t.driver END,
    driver_until = CASE WHEN w.next_step IN ${undriven} THEN NULL ELSE statement_timestamp() + w.lease_ms * interval '1 ms' END,
    settled_at = CASE WHEN w.next_step = 'SETTLED' THEN statement_timestamp() END
  FROM mine w WHERE t.id = ANY ($1::uuid[]) AND t.id = w.id RETURNING t.*),
said AS (
  INSERT INTO outbox (id, shard, topic, key, envelope)
  SELECT ${saidColumns} FROM unnest($13::uuid[], ${saidArrays(14)}) AS m (payment_id, ${saidNames}) JOIN mine ON mine.id = m.payment_id),
${asking}`;

/** Writes that there is no answer yet, gives the lease back and says when to ask again: at once when the provider had news while it was asked. */
export async function postponePayment(
  tx: Tx,
  { payment, driver, askId, askedAt }: Driven,
  { answer, againInMs, actionUrl }: Answered & Again,
): Promise<void> {
  await query(
    tx,
    `WITH answered AS (UPDATE payment_steps SET answered_at = statement_timestamp(), answer = $4 WHERE id = $5)
     UPDATE transactions t SET driver = NULL, driver_until = NULL, updated_at = statement_timestamp(),
       action_url = CASE WHEN $7 THEN action_url ELSE $8 END,
       next_check_at = statement_timestamp() + CASE WHEN EXISTS (
         SELECT FROM provider_events e WHERE e.payment_id = t.id AND e.received_at >= $9) THEN 0 ELSE $6 END * interval '1 ms'
     WHERE id = $1 AND driver = $2 AND step = $3`,
    [payment.id, driver, payment.step, answer, askId, againInMs, actionUrl === undefined, actionUrl ?? null, askedAt],
  );
}
