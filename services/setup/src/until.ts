import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigFault } from '@boxoffice/service-kit';

const pauseMs = 1_000;

/** Tries until it succeeds; throws after `withinMs`, naming what was waited for, with the last error as its cause. A ConfigFault is thrown at once: waiting mends none. */
export async function until<T>(withinMs: number, what: string, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (cause instanceof ConfigFault) throw cause;
      if (performance.now() > end) throw new Error(`${what} is not there after ${Math.round(withinMs / 1000)} s`, { cause });
      await sleep(pauseMs);
    }
  }
}
