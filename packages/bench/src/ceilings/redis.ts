import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

const lua = `
local out = {}
for i, key in ipairs(KEYS) do out[i] = redis.call('SET', key, ARGV[i], 'NX', 'PX', 60000) and 1 or 0 end
return out`;

/** Seat locks per second: batches of 64 keys in one script call, two under way, and nothing else. */
export async function redisCeiling(url: string, seconds: number): Promise<number> {
  // In a database of its own that is emptied afterwards: half a million keys would be in the way of whoever is measured next.
  const redis = new Redis(url, { db: 1 });
  const sha = (await redis.script('LOAD', lua)) as string; // the command answers the hash
  const run = randomUUID();
  const end = performance.now() + seconds * 1000;
  let locks = 0;
  const worker = async (name: number) => {
    for (let batch = 0; performance.now() < end; batch++) {
      const keys = Array.from({ length: 64 }, (_, seat) => `ceiling:{${run}}:${name}:${batch}:${seat}`);
      await redis.evalsha(sha, keys.length, ...keys, ...keys.map(() => run));
      locks += keys.length;
    }
  };
  const start = performance.now();
  await Promise.all([worker(1), worker(2)]);
  const perSecond = locks / ((performance.now() - start) / 1000);
  await redis.flushdb();
  redis.disconnect();
  return perSecond;
}
