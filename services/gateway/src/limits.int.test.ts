import { connectRedis } from '@boxoffice/redis';
import { createLogger } from '@boxoffice/service-kit';
import { asUser, startRedis } from '@boxoffice/testing';
import { describe, expect, test } from 'vitest';
import { drawsOf, requestLimits } from './limits.ts';

const logger = createLogger({ service: 'gateway', level: 'silent' });
const config = { CORS_ORIGINS: [], TRUST_PROXY: 0, LIMIT_WINDOW_S: 60, LIMIT_CUSTOMER: 5, LIMIT_ANONYMOUS: 8, LIMIT_CREDENTIALS: 2 };
const spent = async (limits: ReturnType<typeof requestLimits>, times: number, draws: Parameters<typeof limits.secondsToWait>[0]) => {
  const waits = [];
  for (let call = 0; call < times; call++) waits.push(await limits.secondsToWait(draws));
  return waits.filter((wait) => wait === undefined).length;
};

describe('what a request draws from', () => {
  test('a batch costs its calls, a customer is counted by id, an unknown caller by address', () => {
    const customer = asUser({ userId: '0193a000-0000-7000-8000-000000000001' });
    expect(drawsOf('/trpc/booking.getEvent,booking.seatMap?batch=1', '::1', customer)).toEqual([
      { limit: 'customer', key: customer.actor.userId, calls: 2 },
    ]);
    expect(drawsOf('/live/tickets', '::1', undefined)).toEqual([{ limit: 'anonymous', key: '::1', calls: 1 }]);
  });
  test('log-ins in a batch each count against guessing', () => {
    expect(drawsOf('/trpc/identity.login,identity.login?batch=1', '::1', undefined)).toContainEqual({ limit: 'credentials', key: '::1', calls: 2 });
  });
});

describe('limits', () => {
  test('are shared by replicas through Redis, and never off while Redis is away', async () => {
    const server = await startRedis();
    const connections = [connectRedis({ url: server.url, logger }), connectRedis({ url: server.url, logger })];
    try {
      await expect.poll(() => connections.every((redis) => redis.available())).toBe(true);
      const replicas = connections.map((redis) => requestLimits(config, redis, logger));
      const draws = [{ limit: 'customer' as const, key: 'one', calls: 1 }];
      const won = await Promise.all(replicas.map((limits) => spent(limits, 5, draws)));
      expect(won.reduce((sum, count) => sum + count, 0)).toBe(config.LIMIT_CUSTOMER);
      await server.stop();
      const alone = await Promise.all(replicas.map((limits) => spent(limits, 10, [{ limit: 'customer' as const, key: 'two', calls: 1 }])));
      expect(alone).toEqual([config.LIMIT_CUSTOMER, config.LIMIT_CUSTOMER]);
    } finally {
      await Promise.all(connections.map((redis) => redis.close()));
      await server.stop();
    }
  });
  test('without Redis each process counts for itself and tells how long to wait', async () => {
    const limits = requestLimits(config, undefined, logger);
    expect(await spent(limits, 20, [{ limit: 'anonymous', key: '::1', calls: 1 }])).toBe(config.LIMIT_ANONYMOUS);
    expect(await limits.secondsToWait([{ limit: 'anonymous', key: '::1', calls: 1 }])).toBeGreaterThan(0);
  });
});
