import { connectRedis, type RedisConnection } from '@boxoffice/redis';
import { newId } from '@boxoffice/service-kit';
import { eventually, redisUrl, startRedis } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../test/stage.ts';
import { inProcessSeatLocks } from './in-process-seat-locks.ts';
import { redisSeatLocks } from './redis-seat-locks.ts';
import { defaultRate, type HoldRate, knownForMs, type SeatLocks, type WantedBy } from './seat-locks.ts';

let redis: RedisConnection;
beforeAll(async () => {
  redis = connectRedis({ url: redisUrl(), logger: silent });
  await eventually(() => expect(redis.available()).toBe(true));
});
afterAll(() => redis.close());

const eventId = newId();
const seats = (...seatIds: string[]): WantedBy => ({ eventId, seatIds, reservationId: newId(), userId: newId() });

describe.each([
  ['in process', (rate) => inProcessSeatLocks(rate && { rate })],
  ['in Redis', (rate) => redisSeatLocks(redis, { logger: silent, ...(rate && { rate }) })],
] as [string, (rate?: HoldRate) => SeatLocks][])('seat locks %s', (_, make) => {
  const some = () => [newId(), newId(), newId()] as const;

  it('belong to one reservation, all seats or none', async () => {
    const locks = make();
    const [a, b, c] = some();
    expect(await locks.acquire(seats(a, b), 60_000)).toBe('ours');
    expect(await locks.acquire(seats(b, c), 60_000)).toEqual({ taken: [b] });
    expect(await locks.acquire(seats(c), 60_000)).toBe('ours');
  });

  it('asked for again by the same reservation are ours: a lost reply is no ghost', async () => {
    const locks = make();
    const [a, b] = some();
    const mine = seats(a, b);
    expect(await locks.acquire(mine, 60_000)).toBe('ours');
    expect(await locks.acquire(mine, 60_000)).toBe('ours');
    expect(await locks.acquire(seats(b), 60_000)).toEqual({ taken: [b] });
  });

  it('keep their first time when asked for again', async () => {
    const locks = make();
    const [a] = some();
    const mine = seats(a);
    await locks.acquire(mine, 80);
    await locks.acquire(mine, 60_000);
    await eventually(async () => expect(await locks.acquire(seats(a), 60_000)).toBe('ours'));
  });

  it('are given up only by their holder', async () => {
    const locks = make();
    const [a, b] = some();
    const mine = seats(a, b);
    await locks.acquire(mine, 60_000);
    await locks.release({ ...mine, reservationId: newId() });
    expect(await locks.acquire(seats(a), 60_000)).toEqual({ taken: [a] });
    await locks.release(mine);
    expect(await locks.acquire(seats(a, b), 60_000)).toBe('ours');
  });

  it('send a reservation they know on to Postgres, where strangers are turned away', async () => {
    const locks = make();
    const [a] = some();
    const mine = seats(a);
    await locks.acquire(mine, 60_000);
    await locks.release(mine);
    await locks.acquire(seats(a), 60_000);
    expect(await locks.acquire(mine, 60_000)).toBe('unknown');
    expect(await locks.acquire(seats(a), 60_000)).toEqual({ taken: [a] });
  });

  it('asked for together go to the first who wants them, group by group', async () => {
    const locks = make();
    const [a, b, c] = some();
    const answers = await Promise.all(
      [seats(a), seats(a, b), seats(b, c), { ...seats(a), eventId: newId() }].map((wanted) => locks.acquire(wanted, 60_000)),
    );
    expect(answers).toEqual(['ours', { taken: [a] }, 'ours', 'ours']);
  });

  it('are not for a customer who tries too often; what he has already asks Postgres, others go on', async () => {
    const locks = make({ holds: 2, windowMs: 60_000 });
    const [a, b, c] = some();
    const mine = seats(a);
    expect(await locks.acquire(mine, 60_000)).toBe('ours');
    expect(await locks.acquire({ ...seats(b), userId: mine.userId }, 60_000)).toBe('ours');
    const third = await locks.acquire({ ...seats(c), userId: mine.userId }, 60_000);
    expect(third).toEqual({ waitMs: expect.any(Number) });
    expect((third as { waitMs: number }).waitMs).toBeGreaterThan(1_000);
    expect(await locks.acquire(mine, 60_000)).toBe('unknown');
    expect(await locks.acquire(seats(c), 60_000)).toBe('ours');
  });

  it('let him try again when the window is over', async () => {
    const locks = make({ holds: 1, windowMs: 80 });
    const { userId } = seats();
    const attempt = () => locks.acquire({ ...seats(newId()), userId }, 60_000);
    await attempt();
    await eventually(async () => expect(await attempt()).toBe('ours'));
  });

  it('without seats count a try and keep nothing', async () => {
    const locks = make({ holds: 3, windowMs: 60_000 });
    const { userId } = seats();
    const event = newId();
    const attempt = (seatIds: string[] = []) => locks.acquire({ eventId: event, userId, reservationId: newId(), seatIds }, 60_000);
    for (let n = 0; n < 3; n++) expect(await attempt()).toBe('ours');
    expect(await attempt([newId()])).toEqual({ waitMs: expect.any(Number) });
    const kept = await redis.client.keys(`*${event}*`);
    expect(kept.filter((key) => !key.startsWith('hold_rate:'))).toEqual([]);
  });

  it('of a try that was counted before do not count it again', async () => {
    const locks = make({ holds: 1, windowMs: 60_000 });
    const [a, b, c] = some();
    const mine = seats();
    expect(await locks.acquire(mine, 60_000)).toBe('ours');
    for (const id of [a, b]) expect(await locks.acquire({ ...mine, seatIds: [id], isCounted: true }, 60_000)).toBe('ours');
    expect(await locks.acquire({ ...seats(c), userId: mine.userId }, 60_000)).toEqual({ waitMs: expect.any(Number) });
  });

  it('of two events do not meet', async () => {
    const locks = make();
    const [a] = some();
    await locks.acquire(seats(a), 60_000);
    expect(await locks.acquire({ ...seats(a), eventId: newId() }, 60_000)).toBe('ours');
  });
});

describe('in-process seat locks', () => {
  it('end by themselves, and forget', async () => {
    let now = 0;
    const locks = inProcessSeatLocks({ now: () => now, limit: 2 });
    expect(await locks.acquire(seats('a', 'b'), 1000)).toBe('ours');
    expect(await locks.acquire(seats('c'), 1000)).toBe('unknown'); // full: seats go unshielded
    now = 1000;
    expect(await locks.acquire(seats('a'), 1000)).toBe('ours');
    expect(await locks.acquire(seats('b'), 1000)).toBe('unknown'); // two reservations are remembered
    now = 1000 + knownForMs;
    expect(await locks.acquire(seats('b'), 1000)).toBe('ours');
  });
});

describe('when Redis is away', () => {
  it('nobody knows, at once; what was to be given up is given up when it is back', async () => {
    const server = await startRedis();
    const own = connectRedis({ url: server.url, logger: silent, commandTimeoutMs: 200 });
    try {
      await eventually(() => expect(own.available()).toBe(true));
      const locks = redisSeatLocks(own, { logger: silent });
      const mine = seats(newId());
      expect(await locks.acquire(mine, 60_000)).toBe('ours');
      server.pause();
      const from = performance.now();
      expect(await locks.acquire(seats(newId()), 60_000)).toBe('unknown');
      for (let i = 0; i < 50; i++) expect(await locks.acquire(seats(newId()), 60_000)).toBe('unknown');
      expect(performance.now() - from).toBeLessThan(1000); // one deadline, then silence is believed for a second
      const { userId } = seats();
      const attempt = () => locks.acquire({ ...seats(), userId }, 60_000);
      for (let n = 0; n < defaultRate.holds; n++) expect(await attempt()).toBe('unknown');
      expect(await attempt()).toEqual({ waitMs: expect.any(Number) }); // counted by this process alone
      await locks.release(mine);
      expect(await locks.payOwed()).toBe(1);
      server.resume();
      await eventually(async () => expect(await locks.payOwed()).toBe(0));
      await eventually(async () => expect(await locks.acquire({ ...mine, reservationId: newId() }, 60_000)).toBe('ours'));
    } finally {
      await own.close();
      await server.stop();
    }
  });
});
