import type { TicketCreated } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { isComplete } from '../domain/notification.ts';
import { countTickets, keepNotifications } from '../persistence/notifications.sql.ts';

/** Has one mail written per payment, by the ticket that makes it complete, whichever arrives last. */
export async function announceTickets(tx: Tx, created: readonly { fact: z.output<typeof TicketCreated.payload> }[]): Promise<void> {
  const tickets = created.map(({ fact }) => fact);
  const known = await countTickets(tx, tickets);
  const complete = tickets.filter(({ paymentId, ofTickets }) => isComplete(known.get(paymentId) ?? 0, ofTickets));
  const payments = new Map(complete.map((ticket) => [ticket.paymentId, ticket]));
  const toTell = [...payments.values()].map(({ userId, eventId, paymentId }) => {
    return { kind: 'tickets' as const, userId, eventId, paymentId, causeId: paymentId, facts: {} };
  });
  await keepNotifications(tx, toTell);
}
