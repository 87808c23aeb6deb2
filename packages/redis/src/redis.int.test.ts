import { createLogger, createMetrics } from '@boxoffice/service-kit';
import { eventually, redisUrl, startRedis } from '@boxoffice/testing';
import { afterAll, expect, test } from 'vitest';
import { connectRedis, defineScript, RedisUnavailable } from './index.ts';

const silent = createLogger({ service: 'booking', level: 'silent' });
const lines: string[] = [];
const tell = (_facts: object, message: string) => void lines.push(message);
const logger = { info: tell, warn: tell };
const server = await startRedis();
afterAll(() => server.stop());

const open = async (url: string, options: { commandTimeoutMs?: number } = {}) => {
  const redis = connectRedis({ url, logger: silent, ...options });
  await eventually(() => expect(redis.available()).toBe(true));
  return redis;
};
/** Takes a lock; the same token again gets the same yes. */
const acquire = defineScript({
  name: 'acquire',
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] or redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end return 0`,
  keys: ({ seatId }: { seatId: string; token: string }) => [`seat_lock:{test}:${seatId}`],
  argv: ({ token }) => [token, 60_000],
  read: (raw) => raw === 1,
});

test('a script runs, also on a server that has never seen it or has forgotten it', async () => {
  const redis = await open(server.url);
  expect(await acquire(redis.client, { seatId: 's1', token: 'a' })).toBe(true);
  await redis.client.script('FLUSH');
  expect(await acquire(redis.client, { seatId: 's1', token: 'a' })).toBe(true);
  expect(await acquire(redis.client, { seatId: 's1', token: 'b' })).toBe(false);
  await redis.close();
});

test('a script with a bug is a plain error, a server out of memory is "unavailable"', async () => {
  const redis = await open(server.url);
  const broken = defineScript({ name: 'broken', lua: `return redis.call('LPUSH', KEYS[1])`, keys: () => ['x'], argv: () => [], read: Number });
  await expect(broken(redis.client, {})).rejects.not.toBeInstanceOf(RedisUnavailable);
  await redis.client.config('SET', 'maxmemory', '1');
  await expect(acquire(redis.client, { seatId: 's2', token: 'a' })).rejects.toMatchObject({ name: 'RedisUnavailable', sent: true });
  await redis.client.config('SET', 'maxmemory', '0');
  await redis.close();
});

test('a paused server: no answer within the deadline, then no waiting at all, then back by itself', async () => {
  const redis = await open(server.url, { commandTimeoutMs: 150 });
  server.pause();
  const started = performance.now();
  await expect(acquire(redis.client, { seatId: 's3', token: 'a' })).rejects.toMatchObject({ sent: true });
  expect(performance.now() - started).toBeLessThan(300);
  await eventually(() => expect(redis.available()).toBe(false));
  await expect(acquire(redis.client, { seatId: 's3', token: 'a' })).rejects.toMatchObject({ sent: false });
  server.resume();
  // The first attempt may or may not have run: the same token gets its yes either way.
  await eventually(async () => expect(await acquire(redis.client, { seatId: 's3', token: 'a' })).toBe(true));
  await redis.close();
});

test('a killed server costs one line, commands reject at once, and the connection returns', async () => {
  lines.length = 0;
  const metrics = createMetrics('booking');
  const redis = connectRedis({ url: server.url, logger, metrics });
  await eventually(() => expect(redis.available()).toBe(true));
  expect(await metrics.text()).toContain('boxoffice_redis_available 1\n');
  await server.kill();
  await eventually(() => expect(redis.available()).toBe(false));
  expect(await metrics.text()).toContain('boxoffice_redis_available 0\n');
  await expect(acquire(redis.client, { seatId: 's4', token: 'a' })).rejects.toBeInstanceOf(RedisUnavailable);
  await server.restart();
  await eventually(() => expect(redis.available()).toBe(true));
  expect(await acquire(redis.client, { seatId: 's4', token: 'a' })).toBe(true);
  expect(lines).toEqual(['redis is there', 'redis is away: going on without it', 'redis is there']);
  await redis.close();
});

test('nobody listens: connecting does not throw, closing ends the attempts', async () => {
  const redis = connectRedis({ url: 'redis://127.0.0.1:1', logger: silent });
  await expect(acquire(redis.client, { seatId: 's5', token: 'a' })).rejects.toMatchObject({ sent: false });
  await redis.close();
  expect(redis.client.status).toBe('end');
});

test('the run’s shared server answers', async () => {
  const redis = await open(redisUrl());
  expect(await redis.client.ping()).toBe('PONG');
  await redis.close();
});
