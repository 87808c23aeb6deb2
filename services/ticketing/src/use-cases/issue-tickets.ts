import { type PaymentConfirmed, TicketCancelled, TicketCreated } from '@boxoffice/contracts';
import { outboxAll, type Said, saying } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { qrImage } from '../crypto/qr-image.ts';
import type { TicketSigner } from '../crypto/ticket-signer.ts';
import { birthOf } from '../domain/ticket.ts';
import { hintNewTickets, insertTickets, knownOf, type NewTicket } from '../persistence/issue.sql.ts';
import { lockToIssue } from '../persistence/locks.sql.ts';

/** Tickets drawn between two statements, at about 0.3 ms of CPU each: neither the event loop nor the transaction waits for long. */
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
    const { refunded, eventCancelled } = await knownOf(tx, sale);
    for (let at = 0; at < sale.seats.length; at += atOnce) {
      const drawn = await Promise.all(sale.seats.slice(at, at + atOnce).map((seat) => draw(signer, sale.eventId, seat)));
      const tickets = drawn.map((ticket) => ({ ...ticket, ...birthOf({ refunded: refunded.has(ticket.seatId), eventCancelled }) }));
      const issued = await insertTickets(tx, sale, tickets);
      await outboxAll(
        tx,
        tickets.filter(({ id }) => issued.has(id)).flatMap((ticket) => announced(sale, ticket)),
      );
    }
    hintNewTickets(tx, sale.userId);
  };

async function draw(signer: TicketSigner, eventId: string, { seatId, label, category, priceMinor }: PaidSale['seats'][number]) {
  const id = newId();
  const qr = await signer.sign({ ticketId: id, eventId, label, revision: 1 });
  return { id, seatId, label, category, priceMinor, qr, qrPng: qrImage(qr) };
}

/** What is said of a new ticket. */
function announced(sale: PaidSale, { id, seatId, label, cancelReason }: NewTicket): Said[] {
  const { organisationId, eventId, paymentId, userId } = sale;
  const facts = { organisationId, eventId, ticketId: id, paymentId, seatId, userId };
  const created = saying(TicketCreated, { ...facts, label, ofTickets: sale.seats.length });
  return cancelReason === null ? [created] : [created, saying(TicketCancelled, { ...facts, reason: cancelReason })];
}
