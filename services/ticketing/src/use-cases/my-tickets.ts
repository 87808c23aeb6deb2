import type { TicketingService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { ticketsOfUser } from '../persistence/tickets.ts';

/** The caller's tickets, newest first, of all events and payments or of one. */
export const myTickets =
  ({ db }: { db: Database }): TicketingService['myTickets'] =>
  async ({ eventId, paymentId, limit }, { actor }) => ({ tickets: await ticketsOfUser(db, { userId: actor.userId, eventId, paymentId, limit }) });
