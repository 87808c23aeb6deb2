import { query, type Tx } from '@boxoffice/postgres';
import type { CancelReason } from '../domain/ticket.ts';

/** What there is to say about a ticket that ended. */
export type CancelledTicket = { ticketId: string; paymentId: string; seatId: string; eventId: string; organisationId: string; userId: string };

const returned = `RETURNING tickets.id AS "ticketId", tickets.payment_id AS "paymentId", tickets.seat_id AS "seatId",
  tickets.event_id AS "eventId", tickets.organisation_id AS "organisationId", tickets.user_id AS "userId"`;

/** Remembers that the money of these seats went back, for tickets that are not issued yet. */
export async function rememberRefund(tx: Tx, refund: { paymentId: string; refundId: string; seatIds: string[] }): Promise<void> {
  await query(
    tx,
    `INSERT INTO refunded_seats (payment_id, seat_id, refund_id)
     SELECT $1, seat_id, $2 FROM unnest($3::uuid[]) AS seat_id
     ON CONFLICT DO NOTHING`,
    [refund.paymentId, refund.refundId, refund.seatIds],
  );
}

/** A ticket that was used before its money goes back: where and when. */
export type UsedTicket = { usedAt: Date; gate: string };

/**
 * Locks the tickets of these seats against every door, and answers those that were used for the first time before this refund. A door that comes later waits
 * for this transaction and finds what it left.
 */
export const lockAgainstDoors = (tx: Tx, refund: { paymentId: string; seatIds: string[] }): Promise<UsedTicket[]> =>
  query(
    tx,
    `WITH locked AS MATERIALIZED (
       SELECT status, used_at, gate, refunded_at FROM tickets WHERE payment_id = $1 AND seat_id = ANY ($2::uuid[]) ORDER BY seat_id FOR UPDATE
     )
     SELECT used_at AS "usedAt", gate FROM locked WHERE status = 'USED' AND refunded_at IS NULL ORDER BY used_at`,
    [refund.paymentId, refund.seatIds],
  );

/** Used tickets of these seats stay used, and know that their money went back: they stand in nobody's way when the seat is sold again. */
export async function markUsedAsRefunded(tx: Tx, refund: { paymentId: string; seatIds: string[] }): Promise<void> {
  await query(
    tx,
    `UPDATE tickets SET refunded_at = statement_timestamp()
     WHERE payment_id = $1 AND seat_id = ANY ($2::uuid[]) AND status = 'USED' AND refunded_at IS NULL`,
    [refund.paymentId, refund.seatIds],
  );
}

/** How many tickets of these seats are cancelled. */
export async function countCancelled(tx: Tx, refund: { paymentId: string; seatIds: string[] }): Promise<number> {
  const [row] = await query<{ cancelled: number }>(
    tx,
    `SELECT count(*)::int AS cancelled FROM tickets WHERE payment_id = $1 AND seat_id = ANY ($2::uuid[]) AND status = 'CANCELLED'`,
    [refund.paymentId, refund.seatIds],
  );
  return row?.cancelled ?? 0;
}

/** Ends the active tickets of these seats; used ones stay used. Rows are locked in seat order here and below, so that the two never deadlock. */
export const cancelTicketsOfSeats = (tx: Tx, refund: { paymentId: string; seatIds: string[] }): Promise<CancelledTicket[]> =>
  query(
    tx,
    `WITH ending AS (
       SELECT id FROM tickets WHERE payment_id = $1 AND seat_id = ANY ($2::uuid[]) AND status = 'ACTIVE' ORDER BY seat_id FOR UPDATE
     )
     UPDATE tickets SET status = 'CANCELLED', cancelled_at = statement_timestamp(), cancel_reason = $3
     FROM ending WHERE tickets.id = ending.id AND tickets.status = 'ACTIVE'
     ${returned}`,
    [refund.paymentId, refund.seatIds, 'refunded' satisfies CancelReason],
  );

/**
 * Ends up to `limit` active tickets of an event, those with the next seat ids after `after`; fewer come back when none is left. By seat, because
 * that is the order of the index over live tickets: ordered by id, the planner walks the primary key through the tickets of every event. `refunded_at IS NULL` is true of them all, and that index's condition.
 */
export const cancelTicketsOfEvent = (tx: Tx, { eventId, after }: { eventId: string; after: string }, limit: number): Promise<CancelledTicket[]> =>
  query(
    tx,
    `WITH ending AS (
       SELECT id FROM tickets WHERE event_id = $1 AND status = 'ACTIVE' AND refunded_at IS NULL AND seat_id > $2 ORDER BY seat_id LIMIT $3 FOR UPDATE
     ), ended AS (
       UPDATE tickets SET status = 'CANCELLED', cancelled_at = statement_timestamp(), cancel_reason = $4
       FROM ending WHERE tickets.id = ending.id AND tickets.status = 'ACTIVE'
       ${returned}
     )
     SELECT * FROM ended ORDER BY "seatId"`,
    [eventId, after, limit, 'event-cancelled' satisfies CancelReason],
  );
