import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { asUnavailable, RedisUnavailable } from './redis-unavailable.ts';

export interface ScriptDefinition<Args, Reply> {
  /** For error messages and logs. */
  name: string;
  lua: string;
  /** The keys it touches, all in one hash slot. */
  keys: (args: Args) => string[];
  argv: (args: Args) => (string | number)[];
  /** Turns the raw answer into a typed one; throws when it is not what the script promises. */
  read: (raw: unknown) => Reply;
}

/** Runs a Lua script as one atomic step. Throws RedisUnavailable when Redis does not answer in time; an error of the script itself stays a plain error. */
export type Script<Args, Reply> = (client: Redis, args: Args) => Promise<Reply>;

const defaultDeadlineMs = 300;

/** A Lua script with typed arguments and answer. Sent by its hash, whole when the server does not know it (yet, or after SCRIPT FLUSH or a restart). */
export function defineScript<Args, Reply>({ name, lua, keys, argv, read }: ScriptDefinition<Args, Reply>): Script<Args, Reply> {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (client, args) => {
    const keyList = keys(args);
    const rest = [keyList.length, ...keyList, ...argv(args)] as const;
    // The connection's own deadline counts per command; here it covers both attempts.
    const deadlineMs = client.options.commandTimeout ?? defaultDeadlineMs;
    try {
      return read(await within(deadlineMs, name, run(client, { sha, lua }, rest)));
    } catch (error) {
      throw asUnavailable(error);
    }
  };
}

async function run(client: Redis, script: { sha: string; lua: string }, rest: readonly [number, ...(string | number)[]]): Promise<unknown> {
  try {
    return await client.evalsha(script.sha, ...rest);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(script.lua, ...rest);
  }
}

async function within<T>(ms: number, name: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RedisUnavailable(`${name}: no answer in ${ms} ms`, { sent: true })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {}); // it may still fail after the deadline, when nobody waits for it
  }
}
