import type { HoldRate } from './seat-locks.ts';

/** Counts tries per key and window: how long to wait, in milliseconds, or 0. A map of all keys lives for one window. */
export function triesPer({ holds, windowMs }: HoldRate, now: () => number): (key: string) => number {
  let counts = new Map<string, number>();
  let until = 0;
  return (key) => {
    if (now() >= until) {
      counts = new Map();
      until = now() + windowMs;
    }
    const tried = (counts.get(key) ?? 0) + 1;
    counts.set(key, tried);
    return tried > holds ? until - now() : 0;
  };
}
