import type { Caller } from '@boxoffice/contracts';
import type { RedisConnection } from '@boxoffice/redis';
import type { Logger } from '@boxoffice/service-kit';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { FrontDoorConfig } from './config.ts';
import { proceduresIn } from './owners.ts';

/** Which counters a request draws from, and how much. */
type Draw = { limit: 'customer' | 'anonymous' | 'credentials'; key: string; calls: number };
const guarded = new Set(['identity.register', 'identity.login']);

/** A batch costs as much as its calls; a log-in counts twice, as a call and against guessing. */
export function drawsOf(url: string, address: string, caller: Caller | undefined): Draw[] {
  const procedures = proceduresIn(url) ?? [];
  const calls = Math.max(1, procedures.length);
  const secret = procedures.filter((path) => guarded.has(path)).length;
  const draws: Draw[] =
    caller?.actor.kind === 'user' ? [{ limit: 'customer', key: caller.actor.userId, calls }] : [{ limit: 'anonymous', key: address, calls }];
  return secret > 0 ? [...draws, { limit: 'credentials', key: address, calls: secret }] : draws;
}

/**
 * Counts calls per customer, and per address where there is no token. Shared through Redis; while Redis is away each process counts for
 * itself, so a limit is never off. Answers the seconds to wait when a limit is passed, else undefined.
 */
export function requestLimits(config: FrontDoorConfig, redis: RedisConnection | undefined, logger: Logger) {
  const limiter = (name: Draw['limit'], points: number): RateLimiterAbstract => {
    const options = { keyPrefix: `limit:${name}`, points, duration: config.LIMIT_WINDOW_S };
    const own = new RateLimiterMemory(options);
    return redis ? new RateLimiterRedis({ ...options, storeClient: redis.client, insuranceLimiter: own, rejectIfRedisNotReady: true }) : own;
  };
  const limiters = {
    customer: limiter('customer', config.LIMIT_CUSTOMER),
    anonymous: limiter('anonymous', config.LIMIT_ANONYMOUS),
    credentials: limiter('credentials', config.LIMIT_CREDENTIALS),
  };
  const spend = async ({ limit, key, calls }: Draw): Promise<number | undefined> => {
    try {
      await limiters[limit].consume(key, calls);
      return undefined;
    } catch (answer) {
      if (answer instanceof RateLimiterRes) return Math.max(1, Math.ceil(answer.msBeforeNext / 1000));
      logger.warn({ err: answer, limit }, 'limit not counted');
      return undefined;
    }
  };
  return {
    /** RateLimit-Policy header: the limits in force, as points per window. */
    policy: `"customer";q=${config.LIMIT_CUSTOMER};w=${config.LIMIT_WINDOW_S}, "anonymous";q=${config.LIMIT_ANONYMOUS};w=${config.LIMIT_WINDOW_S}, "credentials";q=${config.LIMIT_CREDENTIALS};w=${config.LIMIT_WINDOW_S}`,
    async secondsToWait(draws: Draw[]): Promise<number | undefined> {
      const waits = await Promise.all(draws.map(spend));
      return waits.find((seconds) => seconds !== undefined);
    },
  };
}
