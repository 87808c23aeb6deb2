import { defineScript, type RedisConnection } from '@boxoffice/redis';
import { createBatcher, type Logger, type Metrics } from '@boxoffice/service-kit';
import { defaultRate, type HoldRate, knownForMs, type LockAnswer, type SeatLocks, type WantedBy, type WantedSeats } from './seat-locks.ts';
import { triesPer } from './tries.ts';

// One hash slot per event. The seat's key is fixed by the specification; its value identifies the holder.
const seatKey = (eventId: string, seatId: string) => `seat_lock:{${eventId}}:${seatId}`;
const knownKey = (eventId: string, reservationId: string) => `reservation_known:{${eventId}}:${reservationId}`;

const rateKey = (eventId: string, userId: string) => `hold_rate:{${eventId}}:${userId}`;

type Ask = WantedBy & { ttlMs: number };
/** Per group: 0 ours, -1 unknown, the 1-based numbers of the seats that are taken, or as text how many ms to wait. */
type Answer = number | number[] | string;

// All groups that want seats of one event, one after the other. KEYS, per group: its seats, the reservation's own, the customer's counter.
// ARGV: tries per window, ms of the window, ms of the locks, ms of the reservations' own keys; then per group: number of seats, reservation, whether it is a try.
// Without seats nothing is kept but the count: whoever asks for what is sold out a million times must not fill the server.
const acquireScript = defineScript({
  name: 'seat-locks-acquire',
  lua: `
    local answers, k, most = {}, 1, tonumber(ARGV[1])
    for a = 5, #ARGV, 3 do
      local n, reservation = tonumber(ARGV[a]), ARGV[a + 1]
      local known, rate = KEYS[k + n], KEYS[k + n + 1]
      local tries = ARGV[a + 2] == '1' and redis.call('INCR', rate) or 0
      if tries == 1 then redis.call('PEXPIRE', rate, ARGV[2]) end
      local taken = {}
      for i = 1, n do
        local holder = redis.call('GET', KEYS[k + i - 1])
        if holder and holder ~= reservation then taken[#taken + 1] = i end
      end
      local answer = 0
      if (tries > most or #taken > 0) and redis.call('EXISTS', known) == 1 then answer = -1
      elseif tries > most then answer = tostring(math.max(1, redis.call('PTTL', rate)))
      elseif #taken > 0 then answer = taken
      else
        for i = 1, n do redis.call('SET', KEYS[k + i - 1], reservation, 'NX', 'PX', ARGV[3]) end
        if n > 0 then redis.call('SET', known, '1', 'PX', ARGV[4]) end
      end
      answers[#answers + 1] = answer
      k = k + n + 2
    end
    return answers`,
  keys: ({ asks }: { asks: readonly Ask[]; ttlMs: number; rate: HoldRate }) =>
    asks.flatMap(({ eventId, seatIds, reservationId, userId }) => [
      ...seatIds.map((id) => seatKey(eventId, id)),
      knownKey(eventId, reservationId),
      rateKey(eventId, userId),
    ]),
  argv: ({ asks, ttlMs, rate }) => [
    rate.holds,
    rate.windowMs,
    ttlMs,
    ttlMs + knownForMs,
    ...asks.flatMap(({ seatIds, reservationId, isCounted }) => [seatIds.length, reservationId, isCounted ? 0 : 1]),
  ],
  read: (raw) => raw as Answer[], // what the script above returns
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
export type RedisLockOptions = { logger: Logger; metrics?: Metrics | undefined; rate?: HoldRate };

/**
 * Seat locks that all processes share. Without Redis, or when it does not answer in time, everything is `unknown` and Postgres decides alone; tries are then
 * counted by each process for itself.
 */
export function redisSeatLocks(
  { client }: Pick<RedisConnection, 'client'>,
  { logger, metrics, rate = defaultRate }: RedisLockOptions,
): RedisSeatLocks {
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
  // The calls of one turn of the event loop: one script per event, sent together.
  const run = (asks: readonly Ask[]) => acquireAll(asks, (some) => ask(() => acquireScript(client, { asks: some, ttlMs: some[0].ttlMs, rate })));
  const tries = triesPer(rate, () => performance.now());
  const acquires = createBatcher({ name: 'seat-locks', size: 256, inFlight: 4, metrics, run });
  return {
    async acquire(wanted, ttlMs) {
      const answer = await acquires.push({ ...wanted, ttlMs });
      if (answer === 'ours') owed.delete(wanted.reservationId); // wanted again: no longer to be given up
      if (answer !== 'no answer') return answer;
      const waitMs = wanted.isCounted ? 0 : tries(rateKey(wanted.eventId, wanted.userId));
      return waitMs > 0 ? { waitMs } : 'unknown';
    },
    release,
    async payOwed() {
      for (const seats of [...owed.values()]) await release(seats);
      return owed.size;
    },
  };
}

type Asks = readonly [Ask, ...Ask[]];
type Told = LockAnswer | 'no answer';

/** Asks event by event (and time by time) and puts the answers into the order of the asks. */
async function acquireAll(asks: readonly Ask[], send: (some: Asks) => Promise<Answer[] | undefined>): Promise<Told[]> {
  const answers = new Map<Ask, Told>();
  await Promise.all(
    [...Map.groupBy(asks, (ask) => `${ask.eventId} ${ask.ttlMs}`).values()].map(async (some) => {
      const told = await send(some as unknown as Asks); // no group is empty
      some.forEach((ask, at) => void answers.set(ask, answerOf(told?.[at], ask)));
    }),
  );
  return asks.map((ask) => answers.get(ask) ?? 'no answer');
}

function answerOf(answer: Answer | undefined, { seatIds }: Ask): Told {
  if (answer === undefined) return 'no answer';
  if (Array.isArray(answer)) return { taken: answer.flatMap((place) => seatIds[place - 1] ?? []) };
  if (typeof answer === 'string') return { waitMs: Number(answer) };
  return answer === 0 ? 'ours' : 'unknown';
}
