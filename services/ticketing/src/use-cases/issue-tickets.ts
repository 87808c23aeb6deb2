import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PaymentConfirmed, TicketCancelled, TicketCreated } from '@boxoffice/contracts';
import { outboxAll, type Said, saying } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { qrImage } from '../crypto/qr-image.ts';
import type { TicketSigner } from '../crypto/ticket-signer.ts';
import { birthOf } from '../domain/ticket.ts';
import { hintNewTickets, insertTickets, knownOf, type NewTicket, seatOf } from '../persistence/issue.sql.ts';
import { lockToIssue } from '../persistence/locks.sql.ts';

/** Tickets drawn in one turn of the event loop, at about 0.2 ms of CPU each. */
const atOnce = 8;

type PaidSale = z.output<typeof PaymentConfirmed.payload>;
type Drawn = Omit<NewTicket, 'status' | 'cancelReason'>;

/**
 * One ticket per paid seat, with its signed code and image, in four statements however many sales there are. A payment heard of twice changes nothing. Seats
 * that were refunded before, and seats of an event that is off, get tickets that are cancelled at birth, so that every paid seat has a row that says what
 * became of it.
 */
export const issueTickets =
  ({ signer }: { signer: TicketSigner }) =>
  async (tx: Tx, paid: readonly { fact: PaidSale }[]): Promise<void> => {
    const sales = paid.map(({ fact }) => fact);
    const drawn = await drawAll(signer, sales); // before anybody is kept waiting by the locks
    await lockToIssue(tx, sales);
    const { refunded, cancelledEvents } = await knownOf(tx, sales);
    const tickets = drawn.map((ticket): NewTicket => {
      const birth = birthOf({ refunded: refunded.has(seatOf(ticket)), eventCancelled: cancelledEvents.has(ticket.eventId) });
      return { ...ticket, ...birth };
    });
    const issued = await insertTickets(tx, tickets);
    await outboxAll(tx, tickets.filter(({ id }) => issued.has(id)).flatMap(announced));
    for (const userId of new Set(sales.map((sale) => sale.userId))) hintNewTickets(tx, userId);
  };

async function drawAll(signer: TicketSigner, sales: readonly PaidSale[]): Promise<Drawn[]> {
  const seats = sales.flatMap((sale) => sale.seats.map((seat) => ({ sale, seat })));
  const drawn: Drawn[] = [];
  for (let at = 0; at < seats.length; at += atOnce) {
    if (at > 0) await nextTurn();
    drawn.push(...(await Promise.all(seats.slice(at, at + atOnce).map((one) => draw(signer, one)))));
  }
  return drawn;
}

async function draw(signer: TicketSigner, { sale, seat }: { sale: PaidSale; seat: PaidSale['seats'][number] }): Promise<Drawn> {
  const id = newId();
  const { paymentId, reservationId, eventId, organisationId, userId } = sale;
  const qr = await signer.sign({ ticketId: id, eventId, label: seat.label, revision: 1 });
  return { ...{ paymentId, reservationId, eventId, organisationId, userId, id }, ...seat, qr, qrPng: qrImage(qr), ofTickets: sale.seats.length };
}

/** What is said of a new ticket. */
function announced({ organisationId, eventId, id, paymentId, seatId, userId, label, ofTickets, cancelReason }: NewTicket): Said[] {
  const facts = { organisationId, eventId, ticketId: id, paymentId, seatId, userId };
  const created = saying(TicketCreated, { ...facts, label, ofTickets });
  return cancelReason === null ? [created] : [created, saying(TicketCancelled, { ...facts, reason: cancelReason })];
}
