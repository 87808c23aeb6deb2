import { type Caller, Refusal, type Service } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { lockCustomer } from '../persistence/customer-lock.ts';
import { releaseHolds, shutExpired } from '../persistence/release-seats.sql.ts';

export type ReleaseSeat = (
  input: { reservationId: string; userId?: string | undefined; reason: 'customer' | 'payment-failed' },
  caller: Caller<Service>,
) => Promise<number>;

/**
 * Gives a hold back and answers how many seats became free; a reservation that is not held any more stays as it is, but an
 * expired one whose payment failed is never taken again, however late that payment's confirmation comes. Refuses RESERVATION_NOT_FOUND.
 */
export const releaseSeat =
  ({ db, claims, locks }: Deps): ReleaseSeat =>
  async ({ reservationId, userId, reason }) => {
    const owner = await claims.ownerOf(reservationId, userId);
    if (!owner) throw new Refusal('RESERVATION_NOT_FOUND', {});
    const released = await db.transaction(async (tx) => {
      await lockCustomer(tx, owner.userId); // a confirmation that is under way comes first, or finds the door shut
      const [seats = 0] = await releaseHolds(tx, [{ reservationId, reason }]);
      if (reason === 'payment-failed') await shutExpired(tx, reservationId);
      return seats;
    });
    await locks.release({ ...owner, reservationId });
    return released;
  };
