import type { Logger } from '@boxoffice/service-kit';
import { Redis } from 'ioredis';

export type { Redis };

/** Redis gave no answer in time: what was asked may have been done or not. Never a reason to say no to a customer. */
export class RedisUnavailable extends Error {
  override name = 'RedisUnavailable';
}

export interface RedisConnection {
  client: Redis;
  /** Can a command be sent now? A hint: it may fail all the same. */
  available(): boolean;
  close(): Promise<void>;
}

export type RedisOptions = {
  /** redis://[:password@]host:port */
  url: string;
  logger: Logger;
  /** Longest wait for an answer, in milliseconds. */
  commandTimeoutMs?: number;
};

/** Longest pause between two attempts to reach Redis again, in milliseconds. */
const reconnectMaxMs = 2_000;

/**
 * Connects in the background and never throws: while Redis is away commands fail at once instead of queueing, and it reconnects by itself.
 * Says once that Redis went and once that it is back.
 */
export function connectRedis({ url, logger, commandTimeoutMs = 300 }: RedisOptions): RedisConnection {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 8), reconnectMaxMs),
  });
  let up: boolean | undefined;
  client.on('ready', () => {
    if (up === false) logger.info('Redis is back');
    up = true;
  });
  client.on('error', (err) => {
    if (up !== false) logger.warn({ err }, 'Redis does not answer');
    up = false;
  });
  client.on('close', () => {
    if (up) logger.warn('the connection to Redis was lost');
    up = false;
  });
  return {
    client,
    available: () => client.status === 'ready',
    close: async () => {
      client.removeAllListeners();
      client.on('error', () => {}); // what still comes in concerns nobody any more
      client.disconnect();
    },
  };
}
