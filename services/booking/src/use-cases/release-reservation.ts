import type { BookingService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { foundSeats, refuseIfSold, reservationOf } from '../domain/reservation.ts';
import { releaseHold } from '../persistence/release-seats.sql.ts';
import { reservationSeats } from '../persistence/reservations.sql.ts';

/** Gives the caller's own hold back at once; one that is released already stays as it is. Refuses RESERVATION_NOT_FOUND, RESERVATION_NOT_HELD when its seats are sold. */
export const releaseReservation =
  ({ db, locks }: Deps): BookingService['releaseReservation'] =>
  async ({ reservationId }, { actor }) => {
    const mine = foundSeats(await reservationSeats(db, reservationId, actor.userId));
    await releaseHold(db, reservationId, 'customer');
    const seats = foundSeats(await reservationSeats(db, reservationId, actor.userId));
    refuseIfSold(seats);
    await locks.release({ ...mine[0], seatIds: mine.map((seat) => seat.seatId) });
    return reservationOf(seats);
  };
