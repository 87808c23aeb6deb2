import type { Metrics } from '@boxoffice/service-kit';
import { Redis } from 'ioredis';

/** What a connection has to tell; fits pino. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** A connection that looks after itself. */
export interface RedisConnection {
  client: Redis;
  /** Would a command be sent now? A hint: the answer to the command tells. */
  available(): boolean;
  close(): Promise<void>;
}

export interface ConnectRedisOptions {
  /** redis://user:password@host:port/database */
  url: string;
  logger: Log;
  /** Where boxoffice_redis_available is told. */
  metrics?: Metrics;
  /** A command without an answer after this long rejects, 300 ms. */
  commandTimeoutMs?: number;
}

const reconnect = { firstMs: 50, mostMs: 2000 };

/** Connects in the background and never throws: while Redis is away commands reject at once, and it comes back by itself. */
export function connectRedis({ url, logger, metrics, commandTimeoutMs = 300 }: ConnectRedisOptions): RedisConnection {
  const client = new Redis(url, {
    // No queue and no second sending: a lost reply must surface as "unknown", not run a script twice or minutes later.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1000,
    // A cut cable sends no FIN: without this every command would run into its deadline until TCP gives up (minutes).
    socketTimeout: commandTimeoutMs * 3,
    retryStrategy: (attempt) => Math.min(reconnect.mostMs, reconnect.firstMs * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  });
  logChanges(client, logger);
  const available = () => client.status === 'ready';
  metrics?.gauge('boxoffice_redis_available', 'Whether this process would ask Redis now: 1 yes, 0 no.', [], (gauge) =>
    gauge.set(available() ? 1 : 0),
  );
  return {
    client,
    available,
    async close() {
      if (client.status === 'end') return;
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      client.disconnect();
      // Between two attempts to connect ioredis just stops, without a word.
      if (client.status !== 'reconnecting') await ended;
    },
  };
}

/** One line when it goes and one when it comes back; a server that is away for an hour is not a thousand lines. */
function logChanges(client: Redis, logger: Log): void {
  let known: 'up' | 'down' | undefined;
  client.on('ready', () => {
    if (known !== 'up') logger.info({}, 'redis is there');
    known = 'up';
  });
  const down = (facts: object) => {
    if (known !== 'down') logger.warn(facts, 'redis is away: going on without it');
    known = 'down';
  };
  client.on('error', (error: Error) => down({ error: error.message }));
  client.on('reconnecting', () => down({}));
}
