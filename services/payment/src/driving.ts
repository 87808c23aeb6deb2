import { setTimeout as delay } from 'node:timers/promises';

/** Work that a stopping process waits for. */
export interface UnderWay {
  /** The same promise, remembered until it ends. */
  keep<T>(work: Promise<T>): Promise<T>;
  /** How much of it there is now. */
  count(): number;
  /** Resolves when all of it has ended. */
  idle(): Promise<void>;
}

export function underWay(): UnderWay {
  const all = new Set<Promise<unknown>>();
  return {
    keep(work) {
      const kept = work.finally(() => all.delete(kept));
      all.add(kept);
      return kept;
    },
    count: () => all.size,
    idle: async () => void (await Promise.all(all)),
  };
}

/** Resolves when nobody is the driver any more, or after `withinMs`. Looked up, not told: the driver may be another process. */
export async function undriven(driver: () => Promise<string | null | undefined>, withinMs: number): Promise<undefined> {
  const until = performance.now() + withinMs;
  for (let waitMs = 20; performance.now() < until; waitMs = Math.min(waitMs * 2, 200)) {
    if (!(await driver())) return undefined;
    await delay(waitMs);
  }
  return undefined;
}

/** Each of them holds no connection while it asks. */
const atOnce = 20;

/** Takes what is due, some at a time, and drives all of it, until there is no more. Answers how many. */
export async function driveDue<T>(take: (limit: number) => Promise<readonly T[]>, drive: (taken: T) => Promise<unknown>): Promise<number> {
  for (let driven = 0; ; ) {
    const due = await take(atOnce);
    await Promise.all(due.map(drive));
    driven += due.length;
    if (due.length < atOnce) return driven;
  }
}
