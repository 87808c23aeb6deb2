import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from './database.ts';

type Hint = { channel: string; payload: string };

const owed = new WeakMap<Tx, Hint[]>();

/**
 * Tells a channel, soon after this transaction has committed, that there is something to look at; a rollback forgets it. For listeners that also look by
 * themselves from time to time: a process that dies right after its commit says nothing.
 * Not NOTIFY inside the transaction: Postgres takes one lock of the whole server for its commit, and keeps it until the commit is on disk. All sales of all
 * services stood in that line, 28 orders a second on a disk of 1.5 ms (hold → pay → ticket, bench); said afterwards it writes nothing and waits for nothing.
 */
export function hintAfterCommit(tx: Tx, channel: string, payload = ''): void {
  const hints = owed.get(tx) ?? [];
  owed.set(tx, hints);
  hints.push({ channel, payload });
}

/** What a transaction owes. */
export const hintsOf = (tx: Tx): readonly Hint[] => owed.get(tx) ?? [];

/** Rest between two hints, in milliseconds; under load whoever listens is awake anyway. */
const restMs = 5;

/** Says hints, each once however many ask for it meanwhile, with one statement at a time. One that cannot be said is dropped. */
export function hintSayer(say: (text: string, values: readonly unknown[]) => Promise<unknown>): (hints: readonly Hint[]) => void {
  const waiting = new Map<string, Hint>();
  let saying = false;
  const sayAll = async () => {
    saying = true;
    while (waiting.size > 0) {
      const hints = [...waiting.values()];
      waiting.clear();
      await say(sql, [hints.map(({ channel }) => channel), hints.map(({ payload }) => payload)]).catch(() => {});
      await sleep(restMs, undefined, { ref: false });
    }
    saying = false;
  };
  return (hints) => {
    for (const hint of hints) waiting.set(`${hint.channel} ${hint.payload}`, hint);
    if (!saying && waiting.size > 0) void sayAll();
  };
}

const sql = 'SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS hints (channel, payload)';
