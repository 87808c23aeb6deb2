import { type BookingService, Refusal } from '@boxoffice/contracts';
import { derivedId, newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { refuseOtherWish } from '../domain/best-available.ts';
import { type HeldSeat, refuseClosed } from '../domain/hold.ts';
import { foundSeats, heldReservation, reservationOf } from '../domain/reservation.ts';
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
    await refuseTooOften(deps, hold);
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

function holdOf({ eventId, quantity, category, accessible }: Input, { actor, idempotencyKey }: By, ttlMs: number): BestHold {
  const reservationId = idempotencyKey === undefined ? newId() : derivedId(actor.userId, `holdBestAvailable ${idempotencyKey}`);
  const wish = { quantity, accessible, category: category?.normalize('NFC') }; // as the plan's names are kept
  return { reservationId, userId: actor.userId, eventId: eventId.toLowerCase(), wish, ttlMs };
}

/** Refuses RATE_LIMITED: a try counts like one for named seats, though none is known yet. */
async function refuseTooOften({ locks }: Deps, hold: BestHold): Promise<void> {
  const answer = await locks.acquire({ ...hold, seatIds: [] }, hold.ttlMs);
  if (typeof answer === 'object' && 'waitMs' in answer) throw new Refusal('RATE_LIMITED', { retryAfterSeconds: Math.ceil(answer.waitMs / 1000) });
}

/** Takes the locks for what is left of the hold's time, so that none outlives it; before the answer, so that a release comes after them. */
async function shield({ locks }: Deps, hold: BestHold, seats: readonly HeldSeat[], from: number): Promise<void> {
  const leftMs = Math.floor(hold.ttlMs - (performance.now() - from));
  if (leftMs > 0) await locks.acquire({ ...hold, seatIds: seats.map((seat) => seat.seatId) }, leftMs);
}
