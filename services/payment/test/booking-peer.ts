import { randomUUID } from 'node:crypto';
import { Refusal } from '@boxoffice/contracts';
import { ConfirmResult, SeatAllocationService } from '@boxoffice/contracts/grpc';
import { type GrpcClient, type GrpcImplementation, inProcessGrpc } from '@boxoffice/service-kit';

/** Booking as these tests see it: what payment may ask, and what happens to seats meanwhile. The real booking can stand behind the same interface. */
export interface BookingSide {
  /** To be served over gRPC. */
  implementation: GrpcImplementation<typeof SeatAllocationService>;
  seatAllocation: GrpcClient<typeof SeatAllocationService>;
  /** A live hold of this user: `seats` new seats at 1500 each, of the event that all of them are of, unless another is named. */
  hold(userId: string, seats?: number, of?: { eventId?: string; priceMinor?: number }): Promise<string>;
  /** The time of the hold is over; its seats are still free. */
  expire(reservationId: string): Promise<void>;
  /** Somebody else holds the same seats now. */
  takeOver(reservationId: string): Promise<void>;
  /** Whoever took these seats over lets them go. */
  letGo(reservationId: string): Promise<void>;
  /** Another payment has bought this reservation. */
  sellToAnother(reservationId: string): Promise<void>;
  /** The payment that the seats of this reservation are sold to. */
  soldTo(reservationId: string): Promise<string | undefined>;
  /** The seats that are sold to this reservation. */
  seatsSoldTo(reservationId: string): string[];
  /** How often each seat was returned. */
  returnsOf(seatId: string): number;
  /** Somebody else buys these seats, which are free; answers his reservation. */
  resell(reservationId: string, seatIds: readonly string[]): string;
  /** Whether anybody may hold the seats of this reservation. */
  isFree(reservationId: string): Promise<boolean>;
}

interface Seat {
  id: string;
  status: 'AVAILABLE' | 'SOLD';
  reservationId?: string | undefined;
  heldUntil: number;
}
interface Reservation {
  id: string;
  userId: string;
  eventId: string;
  priceMinor: number;
  seats: Seat[];
  status: 'HELD' | 'CONFIRMED' | 'RELEASED';
  releaseReason?: string | undefined;
  extended: boolean;
  paymentId?: string | undefined;
}

const priceMinor = 1500;
export const eventId = randomUUID();
export const organisationId = randomUUID();

/** Booking's rules about reservations in memory: fence by reservation and time, confirm repeatable by payment, expired but free seats taken again. */
export function bookingPeer(): BookingSide {
  const reservations = new Map<string, Reservation>();
  const of = (id: string): Reservation => {
    const found = reservations.get(id);
    if (!found) throw new Refusal('RESERVATION_NOT_FOUND', {});
    return found;
  };
  const holds = (reservation: Reservation, seat: Seat) => seat.status === 'AVAILABLE' && seat.reservationId === reservation.id;
  const isLive = (reservation: Reservation) => reservation.seats.every((seat) => holds(reservation, seat) && seat.heldUntil > Date.now());
  const held = (userId: string, seats: Seat[], of: { eventId?: string; priceMinor?: number } = {}): Reservation => {
    const reservation: Reservation = { id: randomUUID(), userId, eventId, priceMinor, ...of, seats, status: 'HELD', extended: false };
    for (const seat of seats) Object.assign(seat, { reservationId: reservation.id, heldUntil: Date.now() + 300_000 });
    reservations.set(reservation.id, reservation);
    return reservation;
  };
  const sell = (reservation: Reservation, paymentId: string) => {
    for (const seat of reservation.seats) Object.assign(seat, { status: 'SOLD', reservationId: reservation.id });
    Object.assign(reservation, { status: 'CONFIRMED', paymentId, releaseReason: undefined });
  };
  const free = (reservation: Reservation, reason: string) => {
    for (const seat of reservation.seats)
      if (seat.reservationId === reservation.id) Object.assign(seat, { status: 'AVAILABLE', reservationId: undefined, heldUntil: 0 });
    Object.assign(reservation, { status: 'RELEASED', releaseReason: reason });
  };
  const sold = (reservation: Reservation) => reservation.seats.filter((seat) => seat.status === 'SOLD' && seat.reservationId === reservation.id);
  const returns: string[] = [];
  const confirm = (reservation: Reservation, paymentId: string, seats: number): ConfirmResult => {
    if (reservation.status === 'CONFIRMED') return reservation.paymentId === paymentId ? ConfirmResult.CONFIRMED : ConfirmResult.OTHER;
    if (reservation.seats.length !== seats || reservation.paymentId !== undefined) return ConfirmResult.GONE;
    if (reservation.status === 'RELEASED' && reservation.releaseReason !== 'expired') return ConfirmResult.GONE;
    const takable = reservation.seats.every((seat) => seat.status === 'AVAILABLE' && (holds(reservation, seat) || seat.heldUntil <= Date.now()));
    if (!takable) return ConfirmResult.GONE;
    sell(reservation, paymentId);
    return ConfirmResult.CONFIRMED;
  };
  const implementation: GrpcImplementation<typeof SeatAllocationService> = {
    holdSeat: async () => Promise.reject(new Error('payment never holds seats')),
    beginPayment: async ({ reservationId }, caller) => {
      const reservation = of(reservationId);
      if (caller.actor.onBehalfOf !== reservation.userId) throw new Refusal('RESERVATION_NOT_FOUND', {});
      if (reservation.status !== 'HELD') throw new Refusal('RESERVATION_NOT_HELD', { status: reservation.status });
      if (!isLive(reservation)) throw new Refusal('RESERVATION_EXPIRED', {});
      if (!reservation.extended) for (const seat of reservation.seats) seat.heldUntil = Date.now() + 600_000;
      reservation.extended = true;
      const seats = reservation.seats.map((seat, i) => ({
        seatId: seat.id,
        label: `Stalls A ${i + 1}`,
        category: 'Stalls',
        priceMinor: reservation.priceMinor,
      }));
      const heldUntil = new Date(Math.min(...reservation.seats.map((seat) => seat.heldUntil))).toISOString();
      const amountMinor = seats.length * reservation.priceMinor;
      return { eventId: reservation.eventId, organisationId, currency: 'EUR', amountMinor, seats, heldUntil };
    },
    confirmSeat: async ({ reservationId, paymentId, seats }) => ({ result: confirm(of(reservationId), paymentId, seats) }),
    releaseSeat: async ({ reservationId, reason }) => {
      const reservation = of(reservationId);
      if (reservation.status === 'RELEASED' && reservation.releaseReason === 'expired') reservation.releaseReason = reason; // shuts the door to a late ConfirmSeat
      if (reservation.status !== 'HELD') return { released: 0 };
      free(reservation, reason);
      return { released: reservation.seats.length };
    },
    returnSeats: async ({ reservationId, seatIds }) => {
      const reservation = of(reservationId);
      const back = sold(reservation).filter((seat) => seatIds.includes(seat.id));
      for (const seat of back) {
        Object.assign(seat, { status: 'AVAILABLE', reservationId: undefined, heldUntil: 0 });
        returns.push(seat.id);
      }
      if (back.length > 0 && sold(reservation).length === 0) Object.assign(reservation, { status: 'RELEASED', releaseReason: 'refunded' });
      return { returned: back.length };
    },
  };
  return {
    implementation,
    seatAllocation: inProcessGrpc(SeatAllocationService, implementation),
    hold: async (userId, seats = 2, of = {}) =>
      held(
        userId,
        Array.from({ length: seats }, (): Seat => ({ id: randomUUID(), status: 'AVAILABLE', heldUntil: 0 })),
        of,
      ).id,
    expire: async (reservationId) => {
      for (const seat of of(reservationId).seats) seat.heldUntil = Date.now() - 1;
    },
    takeOver: async (reservationId) => {
      const before = of(reservationId);
      Object.assign(before, { status: 'RELEASED', releaseReason: 'expired' });
      held(randomUUID(), before.seats);
    },
    letGo: async (reservationId) => {
      for (const seat of of(reservationId).seats) Object.assign(seat, { reservationId: undefined, heldUntil: 0 });
    },
    sellToAnother: async (reservationId) => sell(of(reservationId), randomUUID()),
    soldTo: async (reservationId) => {
      const { seats, status, paymentId } = of(reservationId);
      return status === 'CONFIRMED' && seats.every((seat) => seat.status === 'SOLD' && seat.reservationId === reservationId) ? paymentId : undefined;
    },
    seatsSoldTo: (reservationId) => sold(of(reservationId)).map(({ id }) => id),
    returnsOf: (seatId) => returns.filter((id) => id === seatId).length,
    resell: (reservationId, seatIds) => {
      const seats = of(reservationId).seats.filter((seat) => seatIds.includes(seat.id) && seat.status === 'AVAILABLE');
      const again = held(randomUUID(), seats);
      sell(again, randomUUID());
      return again.id;
    },
    isFree: async (reservationId) => of(reservationId).seats.every((seat) => seat.status === 'AVAILABLE' && seat.heldUntil <= Date.now()),
  };
}
