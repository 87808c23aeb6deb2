import { type PaymentRefunded, TicketCancelled } from '@boxoffice/contracts';
import { outboxAll, saying } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { cancelTicketsOfSeats, rememberRefund } from '../persistence/cancel.sql.ts';
import { lockToRefund } from '../persistence/locks.sql.ts';

type Refund = z.output<typeof PaymentRefunded.payload>;

/** Ends the tickets of refunded seats; remembers the refunds for tickets that are issued later. Whoever is in already stays in: a used ticket stays USED. */
export async function cancelRefundedTickets(tx: Tx, refunded: readonly { fact: Refund }[]): Promise<void> {
  const refunds = refunded.map(({ fact }) => fact);
  await lockToRefund(tx, refunds);
  for (const refund of refunds) {
    await rememberRefund(tx, refund);
    const ended = await cancelTicketsOfSeats(tx, refund);
    await outboxAll(
      tx,
      ended.map((ticket) => saying(TicketCancelled, { ...ticket, reason: 'refunded' })),
    );
  }
}
