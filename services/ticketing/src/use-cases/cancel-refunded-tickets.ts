import type { PaymentRefunded } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { endTickets } from '../end-tickets.ts';
import { lockToRefund } from '../persistence/locks.sql.ts';

type Refund = z.output<typeof PaymentRefunded.payload>;

/** Ends the tickets of refunded seats; remembers the refunds for tickets that are issued later. Whoever is in already stays in: a used ticket stays USED. */
export async function cancelRefundedTickets(tx: Tx, refunded: readonly { fact: Refund }[]): Promise<void> {
  const refunds = refunded.map(({ fact }) => fact);
  await lockToRefund(tx, refunds);
  for (const refund of refunds) await endTickets(tx, refund);
}
