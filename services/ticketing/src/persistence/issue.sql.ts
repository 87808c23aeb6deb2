import { hintAfterCommit, isUniqueViolation, query, type Tx } from '@boxoffice/postgres';
import type { Birth } from '../domain/ticket.ts';

/** The sale a ticket comes from. */
export type Sale = { paymentId: string; reservationId: string; eventId: string; organisationId: string; userId: string };
export type NewTicket = Birth & { id: string; seatId: string; label: string; category: string; priceMinor: number; qr: string; qrPng: Buffer };

/** Inserts tickets and returns the ids of those that are new: a seat that this payment has a ticket for already is left as it is. */
export async function insertTickets(tx: Tx, sale: Sale, tickets: NewTicket[]): Promise<Set<string>> {
  const column = <K extends keyof NewTicket>(name: K) => tickets.map((ticket) => ticket[name]);
  const values = [
    ...[sale.paymentId, sale.reservationId, sale.eventId, sale.organisationId, sale.userId],
    ...[column('id'), column('seatId'), column('label'), column('category'), column('priceMinor')],
    ...[column('status'), column('cancelReason'), column('qr'), column('qrPng')],
  ];
  try {
    const rows = await query<{ id: string }>(tx, insertSql, values);
    return new Set(rows.map((row) => row.id));
  } catch (error) {
    if (!isUniqueViolation(error, 'tickets_one_live_per_seat')) throw error;
    // Either its refund is still on the way (then this works later) or a seat was sold twice: never decided by overwriting.
    throw new Error(`a seat of payment ${sale.paymentId} has a live ticket of another payment`, { cause: error });
  }
}

const insertSql = `
  INSERT INTO tickets (payment_id, reservation_id, event_id, organisation_id, user_id,
                       id, seat_id, label, category, price_minor, status, cancelled_at, cancel_reason, qr, qr_png)
  SELECT $1, $2, $3, $4, $5,
         t.id, t.seat_id, t.label, t.category, t.price_minor, t.status,
         CASE WHEN t.status = 'CANCELLED' THEN statement_timestamp() END, t.cancel_reason, t.qr, t.qr_png
  FROM unnest($6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::int[], $11::text[], $12::text[], $13::text[], $14::bytea[])
       WITH ORDINALITY AS t (id, seat_id, label, category, price_minor, status, cancel_reason, qr, qr_png, n)
  ORDER BY t.n
  ON CONFLICT (payment_id, seat_id) DO NOTHING
  RETURNING id`;

/** What happened before the tickets of a payment: seats whose money went back already, and whether the event is known to be cancelled. */
export async function knownOf(
  tx: Tx,
  { paymentId, eventId }: Pick<Sale, 'paymentId' | 'eventId'>,
): Promise<{ refunded: Set<string>; eventCancelled: boolean }> {
  const [known] = await query<{ refunded: string[]; eventCancelled: boolean }>(
    tx,
    `SELECT ARRAY(SELECT seat_id::text FROM refunded_seats WHERE payment_id = $1) AS refunded,
       EXISTS (SELECT FROM event_facts WHERE event_id = $2 AND status = 'CANCELLED') AS "eventCancelled"`,
    [paymentId, eventId],
  );
  return { refunded: new Set(known?.refunded), eventCancelled: known?.eventCancelled ?? false };
}

/** The channel on which a commit tells that a customer has new tickets; a hint for live streams, which also look every 2 s. */
export const newTicketsChannel = 'ticketing_new_tickets';

/** Told after the transaction has committed. */
export const hintNewTickets = (tx: Tx, userId: string): void => hintAfterCommit(tx, newTicketsChannel, userId);
