import { Refusal, type TicketingService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { ticketOfUser } from '../persistence/tickets.ts';

/** One ticket of the caller. Refuses TICKET_NOT_FOUND, also for somebody else's. */
export const getTicket =
  ({ db }: { db: Database }): TicketingService['getTicket'] =>
  async ({ ticketId }, { actor }) => {
    const ticket = await ticketOfUser(db, { ticketId, userId: actor.userId });
    if (!ticket) throw new Refusal('TICKET_NOT_FOUND', {});
    return ticket;
  };
