import { type PaymentRefunded, TicketCancelled } from '@boxoffice/contracts';
import { outbox } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { cancelTicketsOfSeats, rememberRefund } from '../persistence/cancel.sql.ts';
import { lockToRefund } from '../persistence/locks.sql.ts';

/** Ends the tickets of refunded seats; remembers the refund for tickets that are issued later. Whoever is in already stays in: a used ticket stays USED. */
export async function cancelRefundedTickets(tx: Tx, refund: z.output<typeof PaymentRefunded.payload>): Promise<void> {
  await lockToRefund(tx, refund);
  await rememberRefund(tx, refund);
  for (const ticket of await cancelTicketsOfSeats(tx, refund)) await outbox(tx, TicketCancelled, { ...ticket, reason: 'refunded' });
}
