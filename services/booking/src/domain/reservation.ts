import { Refusal, type Reservation, type SeatKind } from '@boxoffice/contracts';
import type { z } from 'zod';
import type { HeldSeat } from './hold.ts';
import { labelOf } from './seating-plan.ts';

/** One seat of a reservation, its state judged by the database's clock: HELD means live. */
export type ReservationSeat = {
  reservationId: string;
  eventId: string;
  organisationId: string;
  userId: string;
  seatId: string;
  status: 'HELD' | 'CONFIRMED' | 'RELEASED';
  releaseReason: z.input<typeof Reservation>['releaseReason'];
  expiresAt: Date;
  priceMinor: number;
  section: string;
  rowLabel: string;
  seatLabel: string;
  category: string;
  kind: SeatKind;
  currency: string;
};
type Seats = readonly [ReservationSeat, ...ReservationSeat[]];

/** The seats of one reservation, or RESERVATION_NOT_FOUND. */
export function foundSeats(seats: readonly ReservationSeat[]): Seats {
  const [first, ...rest] = seats;
  if (!first) throw new Refusal('RESERVATION_NOT_FOUND', {});
  return [first, ...rest];
}

/**
 * A reservation as its owner sees it. While one of its seats is sold it is CONFIRMED and shows the sold ones (others went back with a refund);
 * while it is held it is HELD; otherwise it is RELEASED.
 */
export function reservationOf(seats: Seats): z.input<typeof Reservation> {
  const [first] = seats;
  const status = statusOf(seats);
  const shown = seats.filter((seat) => seat.status === status);
  return {
    reservationId: first.reservationId,
    eventId: first.eventId,
    status,
    releaseReason: status === 'RELEASED' ? first.releaseReason : null,
    heldUntil: first.expiresAt,
    seats: shown.map(pricedSeat),
    amountMinor: amountOf(shown),
    currency: first.currency,
  };
}

/** A hold that was just made, as its owner sees it. */
export const heldReservation = (
  { reservationId, eventId }: { reservationId: string; eventId: string },
  { heldUntil, currency, seats }: { heldUntil: Date; currency: string; seats: readonly HeldSeat[] },
): z.input<typeof Reservation> => ({
  reservationId,
  eventId,
  status: 'HELD',
  releaseReason: null,
  heldUntil,
  seats: seats.map(pricedSeat),
  amountMinor: amountOf(seats),
  currency,
});

/** A list of seats, grouped into reservations in the order given. */
export function reservationsOf(seats: readonly ReservationSeat[]): z.input<typeof Reservation>[] {
  const groups = new Map<string, ReservationSeat[]>();
  for (const seat of seats) groups.set(seat.reservationId, [...(groups.get(seat.reservationId) ?? []), seat]);
  return [...groups.values()].map((group) => reservationOf(foundSeats(group)));
}

/** A live hold that can be paid. Refuses RESERVATION_EXPIRED when its time is over, RESERVATION_NOT_HELD when it was sold or given back. */
export function refuseUnlessLive(seats: Seats): void {
  const status = statusOf(seats);
  if (status === 'HELD') return;
  if (status === 'RELEASED' && seats.every((seat) => seat.releaseReason === 'expired')) throw new Refusal('RESERVATION_EXPIRED', {});
  throw new Refusal('RESERVATION_NOT_HELD', { status });
}

/** Giving back changes a hold only. Refuses RESERVATION_NOT_HELD when seats are sold. */
export function refuseIfSold(seats: Seats): void {
  if (statusOf(seats) === 'CONFIRMED') throw new Refusal('RESERVATION_NOT_HELD', { status: 'CONFIRMED' });
}

/** A seat with its price as the ticket and the bill name it. */
export const pricedSeat = (seat: HeldSeat) => ({
  seatId: seat.seatId,
  label: labelOf(seat),
  category: seat.category,
  priceMinor: seat.priceMinor,
});

/** Minor units: the sum of the seats' prices. */
export const amountOf = (seats: readonly { priceMinor: number }[]): number => seats.reduce((sum, seat) => sum + seat.priceMinor, 0);

function statusOf(seats: Seats): ReservationSeat['status'] {
  if (seats.some((seat) => seat.status === 'CONFIRMED')) return 'CONFIRMED';
  return seats.some((seat) => seat.status === 'HELD') ? 'HELD' : 'RELEASED';
}
