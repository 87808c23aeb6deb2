import type { BookingService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { foundSeats, refuseIfSold, reservationOf } from '../domain/reservation.ts';

/** Gives the caller's own hold back at once; one that is released already stays as it is. Refuses RESERVATION_NOT_FOUND, RESERVATION_NOT_HELD when its seats are sold. */
export const releaseReservation =
  ({ claims, locks }: Deps): BookingService['releaseReservation'] =>
  async ({ reservationId }, { actor }) => {
    const mine = foundSeats(await claims.reservationSeats(reservationId, actor.userId));
    await claims.release({ reservationId, reason: 'customer' });
    const seats = foundSeats(await claims.reservationSeats(reservationId, actor.userId));
    refuseIfSold(seats);
    await locks.release({ ...mine[0], seatIds: mine.map((seat) => seat.seatId) });
    return reservationOf(seats);
  };
