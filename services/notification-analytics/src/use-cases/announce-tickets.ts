import type { TicketCreated } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { isComplete } from '../domain/notification.ts';
import { countTicket, keepNotification } from '../persistence/notifications.sql.ts';

/** Has one mail written per payment, by the ticket that makes it complete, whichever arrives last. */
export async function announceTickets(tx: Tx, ticket: z.output<typeof TicketCreated.payload>): Promise<void> {
  const known = await countTicket(tx, ticket);
  if (!isComplete(known, ticket.ofTickets)) return;
  const { userId, eventId, paymentId } = ticket;
  await keepNotification(tx, { kind: 'tickets', userId, eventId, paymentId, causeId: paymentId, facts: {} });
}
