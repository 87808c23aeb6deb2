import type { Database } from '@boxoffice/postgres';
import type { Claims } from './persistence/claims.ts';
import type { SeatLocks } from './persistence/seat-locks.ts';

/** What the use cases work with. Durations in milliseconds. */
export interface Deps {
  db: Database;
  claims: Claims;
  locks: SeatLocks;
  /** How long a hold lasts. */
  holdTtlMs: number;
  /** How long a hold is kept from the moment its payment begins, once. */
  payingMs: number;
}
