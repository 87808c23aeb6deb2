import { defaultRate, type HoldRate, knownForMs, type SeatLocks } from './seat-locks.ts';
import { triesPer } from './tries.ts';

type Lock = { reservationId: string; until: number };

/** Beyond this, seats go unshielded: 200,000 locks are about 40 MB. */
const maxLocks = 200_000;

export type InProcessLockOptions = {
  /** In milliseconds; never goes back. */
  now?: () => number;
  /** Locks at most. */
  limit?: number;
  rate?: HoldRate;
};

/** Seat locks of one process, for an installation without Redis. */
export function inProcessSeatLocks({ now = () => performance.now(), limit = maxLocks, rate = defaultRate }: InProcessLockOptions = {}): SeatLocks {
  // Maps keep the order of insertion; with one hold time for all, the oldest end first.
  const locks = new Map<string, Lock>();
  const known = new Map<string, Lock>();
  const tries = triesPer(rate, now);
  const keyOf = (eventId: string, id: string) => `${eventId} ${id}`;
  const live = (map: Map<string, Lock>, key: string) => {
    const lock = map.get(key);
    return lock && lock.until > now() ? lock : undefined;
  };
  return {
    async acquire({ eventId, seatIds, reservationId, userId, isCounted }, ttlMs) {
      const own = keyOf(eventId, reservationId);
      const waitMs = isCounted ? 0 : tries(keyOf(eventId, userId));
      const holders = seatIds.map((id) => ({ id, lock: live(locks, keyOf(eventId, id)) }));
      const taken = holders.filter(({ lock }) => lock && lock.reservationId !== reservationId).map(({ id }) => id);
      if ((waitMs > 0 || taken.length > 0) && live(known, own)) return 'unknown';
      if (waitMs > 0) return { waitMs };
      if (taken.length > 0) return { taken };
      if (seatIds.length === 0) return 'ours';
      for (const map of [locks, known]) dropEnded(map, now());
      if (locks.size + seatIds.length > limit || known.size >= limit) return 'unknown';
      for (const { id, lock } of holders) if (!lock) renew(locks, keyOf(eventId, id), { reservationId, until: now() + ttlMs });
      renew(known, own, { reservationId, until: now() + ttlMs + knownForMs });
      return 'ours';
    },
    async release({ eventId, seatIds, reservationId }) {
      for (const id of seatIds) {
        const key = keyOf(eventId, id);
        if (locks.get(key)?.reservationId === reservationId) locks.delete(key);
      }
    },
  };
}

/** As the newest: setting a key that is there already would leave it in its old position. */
function renew(map: Map<string, Lock>, key: string, lock: Lock): void {
  map.delete(key);
  map.set(key, lock);
}

function dropEnded(map: Map<string, Lock>, at: number): void {
  for (const [key, lock] of map) {
    if (lock.until > at) return;
    map.delete(key);
  }
}
