import type { Caller, Service } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { foundSeats, type ReservationSeat, refuseUnlessLive } from '../domain/reservation.ts';

export type BeginPayment = (
  input: { reservationId: string; userId: string },
  caller: Caller<Service>,
) => Promise<readonly [ReservationSeat, ...ReservationSeat[]]>;

/**
 * Keeps a customer's live hold for the time of paying, once, and answers its seats and prices; a second call answers the same and extends nothing.
 * Refuses RESERVATION_NOT_FOUND (also to anybody but the owner), RESERVATION_EXPIRED, RESERVATION_NOT_HELD.
 */
export const beginPayment =
  ({ claims, payingMs }: Deps): BeginPayment =>
  async ({ reservationId, userId }) => {
    const seats = foundSeats(await claims.begin({ reservationId, userId, keepMs: payingMs }));
    refuseUnlessLive(seats);
    return seats;
  };
