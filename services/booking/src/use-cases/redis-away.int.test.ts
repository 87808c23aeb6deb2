import { connectRedis } from '@boxoffice/redis';
import { asUser, eventually, startRedis } from '@boxoffice/testing';
import { expect, it } from 'vitest';
import { eventOnSale, freshDeps, holdAt, planOf, silent, sound, violations } from '../../test/stage.ts';
import { redisSeatLocks } from '../persistence/redis-seat-locks.ts';
import { seatMap } from './seat-map.ts';

it('sells on without a second winner when Redis dies in the middle, is flushed, and comes back', async () => {
  const server = await startRedis();
  const redis = connectRedis({ url: server.url, logger: silent });
  const deps = await freshDeps({ locks: redisSeatLocks(redis, { logger: silent }) });
  try {
    await eventually(() => expect(redis.available()).toBe(true));
    const event = await eventOnSale(deps, { plan: planOf(4, 20), maxSeatsPerCustomer: 100 });
    const winners = new Map<number, number>();
    const answers = new Map<string, number>();
    const rush = async (from: number, to: number) => {
      for (let seat = from; seat < to; seat++)
        await Promise.all(
          Array.from({ length: 6 }, () =>
            holdAt(deps, event, [seat], asUser()).then(
              () => winners.set(seat, (winners.get(seat) ?? 0) + 1),
              (error) => answers.set(error.refusal?.code ?? String(error), (answers.get(error.refusal?.code) ?? 0) + 1),
            ),
          ),
        );
    };
    await rush(0, 20);
    const dying = rush(20, 50);
    await eventually(() => expect(winners.size).toBeGreaterThan(25));
    await server.kill();
    await dying;
    await server.restart(); // empty
    await rush(10, 20); // their locks are gone; Postgres still says no
    await eventually(() => expect(redis.available()).toBe(true));
    await rush(50, 80);
    expect([...winners.values()]).toEqual(Array(80).fill(1));
    expect([...answers.keys()]).toEqual(['SEAT_ALREADY_HELD']);
    expect((await seatMap(deps)({ eventId: event.eventId }, asUser())).map).toBe('1'.repeat(80));
    expect(await violations(deps.db)).toEqual(sound);
  } finally {
    await redis.close();
    await server.stop();
  }
});
