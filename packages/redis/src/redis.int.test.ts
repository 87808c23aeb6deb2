import { createLogger } from '@boxoffice/service-kit';
import { startRedis } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { connectRedis, defineScript, RedisUnavailable } from './index.ts';

const logger = createLogger({ service: 'booking', level: 'silent' });
const add = defineScript<{ key: string; by: number }, number>({
  name: 'add',
  lua: `return redis.call('INCRBY', KEYS[1], ARGV[1])`,
  keys: ({ key }) => [key],
  argv: ({ by }) => [by],
  read: Number,
});
const broken = defineScript<object, number>({
  name: 'broken',
  lua: `return redis.call('LPUSH', KEYS[1])`,
  keys: () => ['k'],
  argv: () => [],
  read: Number,
});

test('a script runs by its hash, also after Redis forgot it; a fault in it is a bug, not silence', async () => {
  const server = await startRedis();
  const { client, available, close } = connectRedis({ url: server.url, logger });
  try {
    await expect.poll(available).toBe(true);
    expect([await add(client, { key: 'a', by: 2 }), await add(client, { key: 'a', by: 3 })]).toEqual([2, 5]);
    await client.script('FLUSH');
    expect(await add(client, { key: 'a', by: 1 })).toBe(6);
    await expect(broken(client, {})).rejects.not.toBeInstanceOf(RedisUnavailable);
  } finally {
    await close();
    await server.stop();
  }
});

test('away, paused and back: no answer is RedisUnavailable, at once or within the deadline, and it reconnects by itself', async () => {
  const server = await startRedis();
  const { client, available, close } = connectRedis({ url: server.url, logger, commandTimeoutMs: 200 });
  try {
    await expect.poll(available).toBe(true);
    server.pause();
    await expect(add(client, { key: 'a', by: 1 })).rejects.toBeInstanceOf(RedisUnavailable);
    server.resume();
    await expect.poll(() => add(client, { key: 'b', by: 1 }).catch(() => 0)).toBeGreaterThan(0);
    await server.kill();
    await expect.poll(available).toBe(false);
    await expect(add(client, { key: 'a', by: 1 })).rejects.toBeInstanceOf(RedisUnavailable);
    await server.restart();
    await expect.poll(available, { timeout: 10_000 }).toBe(true);
    expect(await add(client, { key: 'c', by: 1 })).toBe(1);
  } finally {
    await close();
    await server.stop();
  }
});

test('connecting to nothing throws nothing', async () => {
  const { client, available, close } = connectRedis({ url: 'redis://127.0.0.1:1', logger });
  expect(available()).toBe(false);
  await expect(add(client, { key: 'a', by: 1 })).rejects.toBeInstanceOf(RedisUnavailable);
  await close();
});
