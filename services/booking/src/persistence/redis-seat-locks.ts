import { defineScript, type RedisConnection } from '@boxoffice/redis';
import type { Logger } from '@boxoffice/service-kit';
import { knownForMs, type SeatLocks, type WantedSeats } from './seat-locks.ts';

// One hash slot per event. The seat's key is fixed by the specification; its value identifies the holder.
const seatKey = (eventId: string, seatId: string) => `seat_lock:{${eventId}}:${seatId}`;
const knownKey = (eventId: string, reservationId: string) => `reservation_known:{${eventId}}:${reservationId}`;

// KEYS: one per seat, then the reservation's own. ARGV: reservation, ms of the locks, ms of the reservation's own key.
// Answers 'ours', 'unknown', or the 1-based numbers of the seats that are taken.
const acquireScript = defineScript({
  name: 'seat-locks-acquire',
  lua: `
    local taken = {}
    for i = 1, #KEYS - 1 do
      local holder = redis.call('GET', KEYS[i])
      if holder and holder ~= ARGV[1] then taken[#taken + 1] = i end
    end
    if #taken > 0 then
      if redis.call('EXISTS', KEYS[#KEYS]) == 1 then return 'unknown' end
      return taken
    end
    for i = 1, #KEYS - 1 do redis.call('SET', KEYS[i], ARGV[1], 'NX', 'PX', ARGV[2]) end
    redis.call('SET', KEYS[#KEYS], '1', 'PX', ARGV[3])
    return 'ours'`,
  keys: ({ eventId, seatIds, reservationId }: WantedSeats & { ttlMs: number }) => [
    ...seatIds.map((id) => seatKey(eventId, id)),
    knownKey(eventId, reservationId),
  ],
  argv: ({ reservationId, ttlMs }) => [reservationId, ttlMs, ttlMs + knownForMs],
  read: (raw) => (Array.isArray(raw) ? raw.map(Number) : raw === 'ours' ? ('ours' as const) : ('unknown' as const)),
});

const releaseScript = defineScript({
  name: 'seat-locks-release',
  lua: `
    for i = 1, #KEYS do
      if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
    end
    return 1`,
  keys: ({ eventId, seatIds }: WantedSeats) => seatIds.map((id) => seatKey(eventId, id)),
  argv: ({ reservationId }) => [reservationId],
  read: () => true,
});

/** After a silence Redis is not asked for this long: a hung server would cost each hold its deadline. */
const quietMs = 1000;
/** Locks that could not be given up, remembered until they can; the oldest are forgotten first and end by themselves. */
const maxOwed = 10_000;

/** Seat locks in Redis; `payOwed` gives up what could not be given up before and answers how many reservations are still owed. */
export type RedisSeatLocks = SeatLocks & { payOwed(): Promise<number> };

/** Seat locks that all processes share. Without Redis, or when it does not answer in time, everything is `unknown` and Postgres decides alone. */
export function redisSeatLocks({ client }: Pick<RedisConnection, 'client'>, logger: Logger): RedisSeatLocks {
  const owed = new Map<string, WantedSeats>();
  let quietUntil = 0;
  /** Undefined when there is no answer. */
  const ask = async <T>(question: () => Promise<T>): Promise<T | undefined> => {
    if (performance.now() < quietUntil) return undefined;
    try {
      return await question();
    } catch (err) {
      logger.debug({ err }, 'seat locks do not answer');
      quietUntil = performance.now() + quietMs;
      return undefined;
    }
  };
  const release = async (seats: WantedSeats): Promise<void> => {
    if (await ask(() => releaseScript(client, seats))) return void owed.delete(seats.reservationId);
    const [oldest] = owed.keys();
    if (owed.size >= maxOwed && oldest !== undefined) owed.delete(oldest);
    owed.set(seats.reservationId, seats);
  };
  return {
    async acquire(wanted, ttlMs) {
      const answer = await ask(() => acquireScript(client, { ...wanted, ttlMs }));
      if (answer === 'ours') owed.delete(wanted.reservationId); // wanted again: no longer to be given up
      return Array.isArray(answer) ? { taken: answer.flatMap((place) => wanted.seatIds[place - 1] ?? []) } : (answer ?? 'unknown');
    },
    release,
    async payOwed() {
      for (const seats of [...owed.values()]) await release(seats);
      return owed.size;
    },
  };
}
