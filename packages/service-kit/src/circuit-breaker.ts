/** Keeps a server that does not answer from being asked by everybody: one probe at a time, the waits doubling. */
export interface CircuitBreaker {
  /** `closed`: go on; `probe`: one may try; `open`: wait. */
  state(now: number): 'closed' | 'probe' | 'open';
  /** Whether this call may go: all while closed, none while open, then one to find out. It must be told by `worked` or `failed`. */
  admits(now: number): boolean;
  /** The server answered. True when it had been away until now. */
  worked(): boolean;
  failed(now: number): void;
}

/** A closed breaker; opens with the `after`-th failure in a row (1 unless given) for `baseMs`, later for at most `maxMs`. */
export function circuitBreaker({ baseMs, maxMs, after = 1 }: { baseMs: number; maxMs: number; after?: number }): CircuitBreaker {
  let failures = 0;
  let opened = 0;
  let openUntil = 0;
  let probeUntil = 0;
  const state = (now: number) => (opened === 0 ? 'closed' : now >= openUntil ? 'probe' : 'open');
  return {
    state,
    admits(now) {
      if (state(now) !== 'probe') return state(now) === 'closed';
      if (now < probeUntil) return false;
      probeUntil = now + maxMs; // a probe that is never told of blocks no longer than the longest wait
      return true;
    },
    worked() {
      const wasAway = opened > 0;
      failures = 0;
      opened = 0;
      return wasAway;
    },
    failed(now) {
      // Several calls in flight fail together: only the first of them makes the wait longer.
      if (opened > 0 && now < openUntil) return;
      failures += 1;
      if (failures < after) return;
      openUntil = now + Math.min(baseMs * 2 ** opened, maxMs);
      probeUntil = 0;
      opened += 1;
    },
  };
}
