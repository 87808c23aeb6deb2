import { Redis } from 'ioredis';
import type { Fault } from './types.ts';

type Copy = { key: string; value: Buffer; until: number }[];

/** Every key with its value and when it ends, in milliseconds since 1970; 0: never. */
async function copyOf(redis: Redis): Promise<Copy> {
  const copies = (await redis.keys('*')).map(async (key) => {
    const [value, ms] = await Promise.all([redis.dumpBuffer(key), redis.pttl(key)]);
    return value ? [{ key, value, until: ms > 0 ? Date.now() + ms : 0 }] : []; // it ended meanwhile
  });
  return (await Promise.all(copies)).flat();
}

/** F6: what a failover to a replica that was behind does: what was written since is unknown, what was deleted since is there again. */
export const staleRedis: Fault = {
  class: 'F6',
  name: 'Redis is as it was some seconds ago',
  seen: 'seats given back meanwhile are refused until their old lock ends, at most one hold time; Postgres decides the rest',
  lasts: [500, 4_000],
  async begin(world) {
    const redis = new Redis(world.redis.url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
    redis.on('error', () => {});
    const copy = await copyOf(redis);
    return {
      on: `${copy.length} keys`,
      end: async () => {
        const living = copy.filter(({ until }) => until === 0 || until > Date.now());
        const failover = redis.multi().flushall();
        for (const { key, value, until } of living) failover.call('RESTORE', key, String(until), value, 'REPLACE', 'ABSTTL');
        await failover.exec().finally(() => redis.disconnect());
      },
    };
  },
};
