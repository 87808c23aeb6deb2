import { Refusal } from '@boxoffice/contracts';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { preparedName } from './prepared.ts';
import { endWhenSilent, keepAliveAfterMs } from './silent.ts';
import { columnTypes } from './values.ts';

/** What the pool has to tell: a lost backend is a warning, never a crash. Fits pino. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** Connections of one pool at this moment. */
export interface PoolState {
  open: number;
  inUse: number;
  /** Callers without one. */
  waiting: number;
  /** Connections at most. */
  max: number;
}

export interface PoolOptions {
  url: string;
  poolMax: number;
  statementTimeoutMs: number;
  /** A connection that owes an answer for this long is given up; 0 is never. */
  answerTimeoutMs: number;
  settings: Record<string, string>;
  applicationName: string;
  log: Log | undefined;
}

export interface Pool extends PostgresPool {
  connect(): Promise<PostgresPoolClient>;
  state(): PoolState;
  /** Ends the connections that are still in use, whatever they are doing. */
  abandon(): void;
}

/** Callers that may queue for a connection; at 2,000 short transactions a second that is half a second of waiting. */
const waitingMax = 1000;
const connectTimeoutMs = 5000;

/** Session settings as start-up options: no round trip, and in force again on every reconnect. */
export const startupOptions = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');

/** The URL without its `options` parameter, and that parameter: pg lets the URL win over ours, we want both. */
export function splitOptions(url: string): { url: string; options: string } {
  const parsed = new URL(url);
  const options = parsed.searchParams.get('options') ?? '';
  parsed.searchParams.delete('options');
  return { url: parsed.href, options };
}

/** A pool whose connections come back even when they died in use, and whose queue is bounded (Refusal OVERLOADED). */
export function createPool(options: PoolOptions): Pool {
  const pool = new pg.Pool(clientOptions(options));
  pool.on('error', (error) => options.log?.warn({ error: error.message }, 'an idle database connection was lost'));
  pool.on('connect', (client) => {
    sendByName(client);
    endWhenSilent(client, options.answerTimeoutMs);
    client.on('error', (error) => options.log?.warn({ error: error.message }, 'a database connection was lost'));
  });
  const inUse = new Set<pg.PoolClient>();
  let ended: Promise<void> | undefined;
  return {
    options: pool.options,
    Client: pg.Client,
    state: () => ({ open: pool.totalCount, inUse: inUse.size, waiting: pool.waitingCount, max: options.poolMax }),
    end: () => {
      ended ??= pool.end();
      return ended;
    },
    abandon: () => inUse.forEach((client) => void client.end()),
    async connect() {
      const client = await takeOne(pool);
      inUse.add(client);
      return returnsWhenDead(client, () => inUse.delete(client));
    },
  };
}

/** Waits for a connection, but not among thousands and not for long: a full pool answers OVERLOADED. */
async function takeOne(pool: pg.Pool): Promise<pg.PoolClient> {
  if (pool.waitingCount >= waitingMax) throw new Refusal('OVERLOADED', { retryAfterSeconds: 1 });
  const full = pool.totalCount >= pool.options.max;
  try {
    return await pool.connect();
  } catch (error) {
    if (full && error instanceof Error && error.message === waitedTooLong) throw new Refusal('OVERLOADED', { retryAfterSeconds: 1 });
    throw error;
  }
}

/** pg-pool's words when no connection came back in time; its only other sign is that the error has no code. */
const waitedTooLong = 'timeout exceeded when trying to connect';

function clientOptions({ url, poolMax, statementTimeoutMs, settings, applicationName }: PoolOptions): pg.PoolConfig {
  const given = splitOptions(url);
  return {
    connectionString: given.url,
    options: `${startupOptions(settings)} ${given.options}`.trim(),
    max: poolMax,
    application_name: applicationName,
    statement_timeout: statementTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    types: columnTypes(),
  };
}

/**
 * kysely 0.29 gives a connection back only after a COMMIT or ROLLBACK that succeeded; on a dead connection neither does, and ten
 * lost backends would empty a pool of ten for good. So the connection goes back by itself when it ends, and the first release wins.
 */
function returnsWhenDead(client: pg.PoolClient, onReturn: () => void): PostgresPoolClient {
  const release = client.release;
  let released = false;
  const once = (broken?: boolean) => {
    client.off('end', died);
    if (released) return;
    released = true;
    onReturn();
    release(broken);
  };
  const died = () => once(true);
  client.once('end', died);
  client.release = () => once();
  return client;
}

/** Statements that were prepared go by their name. kysely knows no named statements, so they get it here, on their way out. */
function sendByName(client: pg.PoolClient): void {
  const send: (...args: unknown[]) => unknown = client.query.bind(client);
  const query = (text: unknown, values?: unknown, ...rest: unknown[]) => {
    const name = typeof text === 'string' && Array.isArray(values) ? preparedName(text) : undefined;
    return name === undefined ? send(text, values, ...rest) : send({ name, text, values }, ...rest);
  };
  client.query = query as typeof client.query; // all of its overloads, passed on as they came
}
