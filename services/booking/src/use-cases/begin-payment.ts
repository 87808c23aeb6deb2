import type { Caller, Service } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { foundSeats, type ReservationSeat, refuseUnlessLive } from '../domain/reservation.ts';
import { lockCustomer } from '../persistence/customer-lock.ts';
import { extendHold } from '../persistence/extend-hold.sql.ts';
import { reservationSeats } from '../persistence/reservations.sql.ts';

export type BeginPayment = (
  input: { reservationId: string; userId: string },
  caller: Caller<Service>,
) => Promise<readonly [ReservationSeat, ...ReservationSeat[]]>;

/**
 * Keeps a customer's live hold for the time of paying, once, and answers its seats and prices; a second call answers the same and extends nothing.
 * Refuses RESERVATION_NOT_FOUND (also to anybody but the owner), RESERVATION_EXPIRED, RESERVATION_NOT_HELD.
 */
export const beginPayment =
  ({ db, payingMs }: Deps): BeginPayment =>
  ({ reservationId, userId }) =>
    db.transaction(async (tx) => {
      await lockCustomer(tx, userId); // a hold that lapses while it is extended must not be counted as gone by the customer's next one
      foundSeats(await reservationSeats(tx, reservationId, userId));
      await extendHold(tx, reservationId, payingMs);
      const seats = foundSeats(await reservationSeats(tx, reservationId, userId));
      refuseUnlessLive(seats);
      return seats;
    });
