import { Refusal, type ServiceName, type TicketingService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { eventFacts, ticketsOfPayment } from '../persistence/tickets.ts';

/** Who writes mails, and who shows orders. */
const readers: readonly ServiceName[] = ['notification-analytics', 'payment'];

/** Every ticket of a payment with its image and its event, for a mail or an order. Refuses TICKET_NOT_FOUND to every other service; no tickets yet is an empty list. */
export const ticketsOf =
  ({ db }: { db: Database }): TicketingService['ticketsOf'] =>
  async ({ paymentId }, { actor }) => {
    if (!readers.includes(actor.name)) throw new Refusal('TICKET_NOT_FOUND', {});
    const tickets = await ticketsOfPayment(db, paymentId);
    const event = tickets[0] ? await eventFacts(db, tickets[0].eventId) : null;
    return {
      tickets: tickets.map(({ qrPng, ...ticket }) => ({ ...ticket, qrPngBase64: qrPng.toString('base64') })),
      event: event && { name: event.name, venue: event.venue, startsAt: event.startsAt, timeZone: event.timeZone },
    };
  };
