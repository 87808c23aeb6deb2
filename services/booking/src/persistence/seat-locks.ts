/** Seats of one event, and the reservation that wants or has them. */
export type WantedSeats = { eventId: string; seatIds: readonly string[]; reservationId: string };

/**
 * Shields seats from losers: whoever takes the lock goes on to Postgres, which decides; everybody else is told no at once. A lock is a hint and may be lost
 * at any time. Nothing here throws.
 */
export interface SeatLocks {
  /**
   * All of the seats for this reservation, or none, for `ttlMs`. `ours` also when it holds them already: a lost reply must not become a ghost lock,
   * and the first time stays. `unknown` means ask Postgres: the locks are away, or this reservation was here before and somebody else has a lock now.
   */
  acquire(wanted: WantedSeats, ttlMs: number): Promise<'ours' | 'unknown' | { taken: string[] }>;
  /** Gives up those of the locks that are still this reservation's. */
  release(wanted: WantedSeats): Promise<void>;
}

/** How long a reservation id is known beyond its lock: as long as a client may still repeat its call. */
export const knownForMs = 900_000;
