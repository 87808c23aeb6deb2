import { type PaymentConfirmed, TicketCancelled, TicketCreated } from '@boxoffice/contracts';
import { outbox } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { qrImage } from '../crypto/qr-image.ts';
import type { TicketSigner } from '../crypto/ticket-signer.ts';
import { birthOf } from '../domain/ticket.ts';
import { isEventCancelled } from '../persistence/event-facts.sql.ts';
import { hintNewTickets, insertTickets, type NewTicket, refundedSeats } from '../persistence/issue.sql.ts';
import { lockToIssue } from '../persistence/locks.sql.ts';

/** Tickets drawn between two statements, at about 2 ms of CPU each: neither the event loop nor the transaction waits for long. */
const atOnce = 8;

type PaidSale = z.output<typeof PaymentConfirmed.payload>;

/**
 * One ticket per paid seat, with its signed code and image. A payment heard of twice changes nothing. Seats that were refunded before, and seats
 * of an event that is off, get tickets that are cancelled at birth, so that every paid seat has a row that says what became of it.
 */
export const issueTickets =
  ({ signer }: { signer: TicketSigner }) =>
  async (tx: Tx, sale: PaidSale): Promise<void> => {
    await lockToIssue(tx, sale);
    const refunded = await refundedSeats(tx, sale.paymentId);
    const eventCancelled = await isEventCancelled(tx, sale.eventId);
    for (let at = 0; at < sale.seats.length; at += atOnce) {
      const drawn = await Promise.all(sale.seats.slice(at, at + atOnce).map((seat) => draw(signer, sale.eventId, seat)));
      const tickets = drawn.map((ticket) => ({ ...ticket, ...birthOf({ refunded: refunded.has(ticket.seatId), eventCancelled }) }));
      const issued = await insertTickets(tx, sale, tickets);
      for (const ticket of tickets) if (issued.has(ticket.id)) await announce(tx, sale, ticket);
    }
    await hintNewTickets(tx, sale.userId);
  };

async function draw(signer: TicketSigner, eventId: string, { seatId, label, category, priceMinor }: PaidSale['seats'][number]) {
  const id = newId();
  const qr = await signer.sign({ ticketId: id, eventId, label, revision: 1 });
  return { id, seatId, label, category, priceMinor, qr, qrPng: qrImage(qr) };
}

async function announce(tx: Tx, sale: PaidSale, { id, seatId, label, cancelReason }: NewTicket): Promise<void> {
  const { organisationId, eventId, paymentId, userId } = sale;
  const facts = { organisationId, eventId, ticketId: id, paymentId, seatId, userId };
  await outbox(tx, TicketCreated, { ...facts, label, ofTickets: sale.seats.length });
  if (cancelReason !== null) await outbox(tx, TicketCancelled, { ...facts, reason: cancelReason });
}
