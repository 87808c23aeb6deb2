import type { BookingService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { reservationsOf } from '../domain/reservation.ts';
import { recentReservationSeats } from '../persistence/reservations.sql.ts';

/** The caller's reservations in every state, newest first. */
export const listMyReservations =
  ({ db }: Deps): BookingService['listMyReservations'] =>
  async ({ limit }, { actor }) => ({ reservations: reservationsOf(await recentReservationSeats(db, actor.userId, limit)) });
