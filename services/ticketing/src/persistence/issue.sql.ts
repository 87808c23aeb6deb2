import { hintAfterCommit, isUniqueViolation, query, type Tx } from '@boxoffice/postgres';
import type { Birth } from '../domain/ticket.ts';

/** The sale a ticket comes from. */
export type Sale = { paymentId: string; reservationId: string; eventId: string; organisationId: string; userId: string };
/** `ofTickets`: how many the payment has. */
export type NewTicket = Sale &
  Birth & { id: string; seatId: string; label: string; category: string; priceMinor: number; qr: string; qrPng: Buffer; ofTickets: number };

/** Inserts tickets and returns the ids of those that are new: a seat that its payment has a ticket for already is left as it is. */
export async function insertTickets(tx: Tx, tickets: readonly NewTicket[]): Promise<Set<string>> {
  const column = <K extends keyof NewTicket>(name: K) => tickets.map((ticket) => ticket[name]);
  const values = [
    ...[column('paymentId'), column('reservationId'), column('eventId'), column('organisationId'), column('userId')],
    ...[column('id'), column('seatId'), column('label'), column('category'), column('priceMinor')],
    ...[column('status'), column('cancelReason'), column('qr'), column('qrPng')],
  ];
  try {
    const rows = await query<{ id: string }>(tx, insertSql, values);
    return new Set(rows.map((row) => row.id));
  } catch (error) {
    if (!isUniqueViolation(error, 'tickets_one_live_per_seat')) throw error;
    const payments = [...new Set(column('paymentId'))].join(' or ');
    // Either its refund is still on the way (then this works later) or a seat was sold twice: never decided by overwriting.
    throw new Error(`a seat of payment ${payments} has a live ticket of another payment`, { cause: error });
  }
}

const insertSql = `
  INSERT INTO tickets (payment_id, reservation_id, event_id, organisation_id, user_id,
                       id, seat_id, label, category, price_minor, status, cancelled_at, cancel_reason, qr, qr_png)
  SELECT t.payment_id, t.reservation_id, t.event_id, t.organisation_id, t.user_id,
         t.id, t.seat_id, t.label, t.category, t.price_minor, t.status,
         CASE WHEN t.status = 'CANCELLED' THEN statement_timestamp() END, t.cancel_reason, t.qr, t.qr_png
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[],
              $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::int[], $11::text[], $12::text[], $13::text[], $14::bytea[])
       WITH ORDINALITY AS t (payment_id, reservation_id, event_id, organisation_id, user_id,
                             id, seat_id, label, category, price_minor, status, cancel_reason, qr, qr_png, n)
  ORDER BY t.n
  ON CONFLICT (payment_id, seat_id) DO NOTHING
  RETURNING id`;

/** A seat of a payment, as one word. */
export const seatOf = ({ paymentId, seatId }: { paymentId: string; seatId: string }): string => `${paymentId}/${seatId}`;

/** What happened before the tickets of these payments: seats whose money went back already (see `seatOf`), and which events are known to be cancelled. */
export async function knownOf(
  tx: Tx,
  sales: readonly Pick<Sale, 'paymentId' | 'eventId'>[],
): Promise<{ refunded: Set<string>; cancelledEvents: Set<string> }> {
  const [known] = await query<{ refunded: string[]; cancelledEvents: string[] }>(
    tx,
    `SELECT ARRAY(SELECT payment_id || '/' || seat_id FROM refunded_seats WHERE payment_id = ANY ($1::uuid[])) AS refunded,
       ARRAY(SELECT event_id::text FROM event_facts WHERE event_id = ANY ($2::uuid[]) AND status = 'CANCELLED') AS "cancelledEvents"`,
    [sales.map(({ paymentId }) => paymentId), [...new Set(sales.map(({ eventId }) => eventId))]],
  );
  return { refunded: new Set(known?.refunded), cancelledEvents: new Set(known?.cancelledEvents) };
}

/** The channel on which a commit tells that a customer has new tickets; a hint for live streams, which also look every 2 s. */
export const newTicketsChannel = 'ticketing_new_tickets';

/** Told after the transaction has committed. */
export const hintNewTickets = (tx: Tx, userId: string): void => hintAfterCommit(tx, newTicketsChannel, userId);
