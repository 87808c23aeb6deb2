import { TicketCancelled } from '@boxoffice/contracts';
import { outboxAll, saying } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import { cancelTicketsOfSeats, markUsedAsRefunded, rememberRefund } from './persistence/cancel.sql.ts';

/** The tickets of a refund's seats end, those that are issued later at birth. For whoever holds the locks of `lockToRefund`; a second time changes nothing. */
export async function endTickets(tx: Tx, refund: { paymentId: string; refundId: string; seatIds: string[] }): Promise<void> {
  await rememberRefund(tx, refund);
  const ended = await cancelTicketsOfSeats(tx, refund);
  await markUsedAsRefunded(tx, refund);
  await outboxAll(
    tx,
    ended.map((ticket) => saying(TicketCancelled, { ...ticket, reason: 'refunded' })),
  );
}
