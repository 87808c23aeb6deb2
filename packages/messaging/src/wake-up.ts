import { setTimeout as sleep } from 'node:timers/promises';

/** Sleeps until somebody wakes it; a call to `wake` while nobody sleeps is not lost. */
export type WakeUp = { wake(): void; wait(ms: number, signal: AbortSignal): Promise<void> };

export function wakeUp(): WakeUp {
  let woken = false;
  let wakeSleeper: (() => void) | undefined;
  return {
    wake: () => {
      woken = true;
      wakeSleeper?.();
    },
    wait: async (ms, signal) => {
      if (!woken && !signal.aborted) {
        const timer = new AbortController();
        await Promise.race([new Promise<void>((resolve) => (wakeSleeper = resolve)), sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
        timer.abort();
        wakeSleeper = undefined;
      }
      woken = false;
    },
  };
}
