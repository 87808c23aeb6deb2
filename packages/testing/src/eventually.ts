import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition instead of a time: calls `check` until it does not throw, every 25 ms at first and every 250 ms later, and returns what it
 * returned. After `withinMs` (10 s) it throws the last error.
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = 10_000 }: { withinMs?: number } = {}): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 2, 250)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() + waitMs > deadline) throw error;
      await delay(waitMs);
    }
  }
}
