/** Seats of one event, and the reservation that wants or has them. */
export type WantedSeats = { eventId: string; seatIds: readonly string[]; reservationId: string };
/** And the customer whose holds are counted; `isCounted`: this one was, before. */
export type WantedBy = WantedSeats & { userId: string; isCounted?: boolean };
/** How many holds a customer may try per event and window of `windowMs`. */
export type HoldRate = { holds: number; windowMs: number };

export type LockAnswer = 'ours' | 'unknown' | { taken: string[] } | { waitMs: number };

/**
 * Shields seats from losers: whoever takes the lock goes on to Postgres, which decides; everybody else is told no at once. A lock is a hint and may be lost
 * at any time. Nothing here throws but OVERLOADED, by `acquire`.
 */
export interface SeatLocks {
  /**
   * All of the seats for this reservation, or none, for `ttlMs`. `ours` also when it holds them already: a lost reply must not become a ghost lock,
   * and the first time stays. `unknown` means ask Postgres: the locks are away, or this reservation was here before and somebody else has a lock now.
   * `waitMs`: this customer tried too often; how long until the next try. Without seats it is a try, and nothing is kept but its count.
   */
  acquire(wanted: WantedBy, ttlMs: number): Promise<LockAnswer>;
  /** Gives up those of the locks that are still this reservation's. */
  release(wanted: WantedSeats): Promise<void>;
}

/** How long a reservation id is known beyond its lock: as long as a client may still repeat its call. */
export const knownForMs = 900_000;

/** Sixty tries in ten seconds: more than a person can click, less than a robot wants. */
export const defaultRate: HoldRate = { holds: 60, windowMs: 10_000 };
