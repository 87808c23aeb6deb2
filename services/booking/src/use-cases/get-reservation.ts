import type { BookingService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { foundSeats, reservationOf } from '../domain/reservation.ts';

/** One of the caller's reservations; an expired hold reads as released. Refuses RESERVATION_NOT_FOUND. */
export const getReservation =
  ({ claims }: Deps): BookingService['getReservation'] =>
  async ({ reservationId }, { actor }) =>
    reservationOf(foundSeats(await claims.reservationSeats(reservationId, actor.userId)));
