import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { refuseOtherWish } from '../domain/best-available.ts';
import { type HeldSeat, refuseClosed } from '../domain/hold.ts';
import { foundSeats, heldReservation, reservationOf } from '../domain/reservation.ts';
import { refuseTooOften, reservationIdOf } from '../holding.ts';
import type { BestHold } from '../persistence/hold-best.ts';

type Input = Parameters<BookingService['holdBestAvailable']>[0];
type By = Parameters<BookingService['holdBestAvailable']>[1];

/**
 * Holds the best free neighbours for a group. As with named seats, an idempotency key names the reservation, Postgres decides, and the seat locks are taken
 * once the seats are: they spare those who name one of them the way to Postgres.
 * Refuses what stands in the contract; of several reasons: event, limit, then an unknown category, then no such neighbours.
 */
export const holdBestAvailable =
  (deps: Deps): BookingService['holdBestAvailable'] =>
  async (input, caller) => {
    const hold = holdOf(input, caller, deps.holdTtlMs);
    await refuseTooOften(deps.locks, hold);
    const from = performance.now();
    const attempt = await deps.claims.holdBest(hold);
    switch (attempt.result) {
      case 'HELD':
        await shield(deps, hold, attempt.seats, from);
        return heldReservation(hold, attempt);
      case 'KNOWN': {
        const seats = foundSeats(await deps.claims.reservationSeats(hold.reservationId));
        refuseOtherWish(seats, hold.eventId, hold.wish);
        return reservationOf(seats);
      }
      case 'CLOSED':
        return refuseClosed(attempt.event, caller.actor);
      case 'NO_CATEGORY':
        throw new Refusal('CATEGORY_UNKNOWN', { category: hold.wish.category ?? '' });
      case 'NONE':
        throw new Refusal('NO_SEATS_TOGETHER', { quantity: hold.wish.quantity, most: attempt.most });
      case 'BUSY':
        throw new Refusal('OVERLOADED', { retryAfterSeconds: 1 });
      default:
        return attempt satisfies never;
    }
  };

function holdOf({ eventId, quantity, category, accessible }: Input, caller: By, ttlMs: number): BestHold {
  const wish = { quantity, accessible, category: category?.normalize('NFC') }; // as the plan's names are kept
  return { reservationId: reservationIdOf('holdBestAvailable', caller), userId: caller.actor.userId, eventId: eventId.toLowerCase(), wish, ttlMs };
}

/**
 * Takes the locks for what is left of the hold's time, so that none outlives it (in tenths of a second: those of one time go together); before the answer, so
 * that a release comes after them. The try is counted already.
 */
async function shield({ locks }: Deps, hold: BestHold, seats: readonly HeldSeat[], from: number): Promise<void> {
  const leftMs = Math.floor((hold.ttlMs - (performance.now() - from)) / 100) * 100;
  const seatIds = seats.map((seat) => seat.seatId);
  if (leftMs > 0) await locks.acquire({ ...hold, seatIds, isCounted: true }, leftMs).catch(() => 'unknown'); // overloaded: the seats are his without it
}
