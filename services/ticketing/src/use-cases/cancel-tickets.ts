import { Refusal, type TicketingService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { onlyFrom } from '@boxoffice/service-kit';
import { endTickets } from '../end-tickets.ts';
import { countCancelled, lockAgainstDoors } from '../persistence/cancel.sql.ts';
import { lockToRefund } from '../persistence/locks.sql.ts';

/**
 * Ends the tickets of seats whose money is about to go back, all or none; those that are not issued yet will be born cancelled. Refuses TICKET_ALREADY_USED
 * and changes nothing, unless forced: then a used ticket stays USED, for it tells who was inside, and its seat counts as refunded. Nobody is let in on a
 * ticket of such a seat afterwards. A second call for the same refund changes nothing.
 */
export const cancelTickets =
  ({ db }: { db: Database }): TicketingService['cancelTickets'] =>
  async ({ paymentId, refundId, seatIds, force }, caller) => {
    onlyFrom(caller, 'payment');
    const userId = caller.actor.onBehalfOf;
    // The customer is what issuing and refunding lock: without one, tickets could be issued beside this.
    if (userId === undefined) throw new Error('cancelTickets needs the customer behind the call');
    return db.transaction(async (tx) => {
      await lockToRefund(tx, [{ userId }]);
      const [used] = await lockAgainstDoors(tx, { paymentId, seatIds });
      if (used && !force) throw new Refusal('TICKET_ALREADY_USED', used);
      await endTickets(tx, { paymentId, refundId, seatIds });
      return { cancelled: await countCancelled(tx, { paymentId, seatIds }) };
    });
  };
