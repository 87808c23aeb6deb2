import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { refuseClosed, refuseOtherSeats, refuseSeats } from '../domain/hold.ts';
import { foundSeats, heldReservation, reservationOf } from '../domain/reservation.ts';
import { rateLimited, reservationIdOf } from '../holding.ts';
import type { Hold } from '../persistence/hold-seats.sql.ts';

type Input = Parameters<BookingService['holdSeats']>[0];
type By = Parameters<BookingService['holdSeats']>[1];

/**
 * Holds every seat or none: the seat lock turns losers away early, Postgres decides. An idempotency key names the reservation, so that a repetition answers
 * that reservation as it is by then – held until its old time, sold, or released.
 * Refuses what stands in the contract; of several reasons: event, limit, then unknown, foreign, sold, blocked, held seats.
 */
export const holdSeats =
  (deps: Deps): BookingService['holdSeats'] =>
  async (input, caller) => {
    const hold = holdOf(input, caller, deps.holdTtlMs);
    await refuseLocked(deps, hold);
    try {
      const attempt = await deps.claims.hold(hold);
      if (attempt.result === 'HELD') return heldReservation(hold, attempt);
      if (attempt.result === 'CLOSED') refuseClosed(attempt.event, caller.actor);
      if (attempt.result === 'TAKEN') refuseSeats(await deps.claims.seatStates(hold.seatIds), hold.eventId, attempt.free);
      const seats = foundSeats(await deps.claims.reservationSeats(hold.reservationId));
      refuseOtherSeats(
        seats.map((seat) => seat.seatId),
        hold.seatIds,
      );
      await deps.locks.release(hold); // its lock would outlive a hold that is older, or gone
      return reservationOf(seats);
    } catch (error) {
      await deps.locks.release(hold);
      throw error;
    }
  };

/** Ids in the database's spelling, each seat once; the reservation's id from the key, when there is one. */
function holdOf({ eventId, seatIds }: Input, caller: By, ttlMs: number): Hold {
  const ids = [...new Set(seatIds.map((id) => id.toLowerCase()))].sort();
  return { reservationId: reservationIdOf('holdSeats', caller), userId: caller.actor.userId, eventId: eventId.toLowerCase(), seatIds: ids, ttlMs };
}

/**
 * Takes the seat locks. Refuses RATE_LIMITED, and SEAT_ALREADY_HELD without asking Postgres when all seats are locked; where only some are, the answer may
 * be a better one.
 */
async function refuseLocked(deps: Deps, hold: Hold): Promise<void> {
  const { eventId, seatIds } = hold;
  const locks = await deps.locks.acquire(hold, hold.ttlMs);
  if (locks === 'ours' || locks === 'unknown') return;
  if ('waitMs' in locks) throw rateLimited(locks.waitMs);
  if (locks.taken.length === seatIds.length) throw new Refusal('SEAT_ALREADY_HELD', { seatIds });
  const free = seatIds.filter((id) => !locks.taken.includes(id));
  refuseSeats(await deps.claims.seatStates(seatIds), eventId, free);
}
