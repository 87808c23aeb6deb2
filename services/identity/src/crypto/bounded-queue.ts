/** Runs a few tasks at a time and keeps a bounded number waiting. */
export interface BoundedQueue {
  run<T>(task: () => Promise<T>): Promise<T>;
  waiting(): number;
}

export type QueueOptions = {
  concurrency: number;
  queue: number;
  /** What to throw when there is no room, given the seconds until there should be. */
  full: (retryAfterSeconds: number) => Error;
};

/** First come, first served; a full queue says no at once. */
export function createBoundedQueue({ concurrency, queue, full }: QueueOptions): BoundedQueue {
  const waiting: (() => void)[] = [];
  let running = 0;
  let usualMs = 250; // until measured: bcrypt at cost 12
  const secondsUntilEmpty = () => Math.max(1, Math.ceil((waiting.length * usualMs) / concurrency / 1000));
  return {
    waiting: () => waiting.length,
    async run(task) {
      if (running >= concurrency) {
        if (waiting.length >= queue) throw full(secondsUntilEmpty());
        await new Promise<void>((resolve) => waiting.push(resolve)); // woken with the place of the one who left
      } else running += 1;
      const startedAt = performance.now();
      try {
        return await task();
      } finally {
        usualMs += (performance.now() - startedAt - usualMs) / 8;
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
