import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisUnavailable } from './connect.ts';

export type ScriptDefinition<Args, Reply> = {
  name: string;
  lua: string;
  keys: (args: Args) => string[];
  argv: (args: Args) => (string | number)[];
  /** What Redis answered, as a value of ours. */
  read: (raw: unknown) => Reply;
};
/** Runs on Redis as one step. Throws RedisUnavailable when no answer came: it may have run or not. */
export type Script<Args, Reply> = (client: Redis, args: Args) => Promise<Reply>;

/** A Lua script with typed arguments; sent by its hash, and whole where Redis does not know it yet. */
export function defineScript<Args, Reply>({ name, lua, keys, argv, read }: ScriptDefinition<Args, Reply>): Script<Args, Reply> {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (client, args) => {
    const names = keys(args);
    const values = [...names, ...argv(args)];
    try {
      return read(
        await client
          .evalsha(sha, names.length, ...values)
          .catch((error: unknown) => (isUnknownScript(error) ? client.eval(lua, names.length, ...values) : Promise.reject(error))),
      );
    } catch (cause) {
      if (isAnswer(cause)) throw new Error(`Redis refused the script ${name}`, { cause });
      throw new RedisUnavailable(`Redis gave no answer to ${name}`, { cause });
    }
  };
}

const isAnswer = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError' && !/^(LOADING|MASTERDOWN|READONLY|OOM|CLUSTERDOWN)/.test(error.message);
const isUnknownScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT');
