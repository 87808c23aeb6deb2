/** Keeps a server that does not answer from being asked by every mail: one probe at a time, the waits doubling. */
export interface CircuitBreaker {
  /** `closed`: go on; `probe`: one may try; `open`: wait. */
  state(now: number): 'closed' | 'probe' | 'open';
  /** The server answered. True when it had been away until now. */
  worked(): boolean;
  failed(now: number): void;
}

/** A closed breaker; waits `baseMs` after the first failure and at most `maxMs` later. */
export function circuitBreaker({ baseMs, maxMs }: { baseMs: number; maxMs: number }): CircuitBreaker {
  let failures = 0;
  let openUntil = 0;
  return {
    state: (now) => (failures === 0 ? 'closed' : now >= openUntil ? 'probe' : 'open'),
    worked() {
      const wasAway = failures > 0;
      failures = 0;
      return wasAway;
    },
    failed(now) {
      // Several mails in flight fail together: only the first of them makes the wait longer.
      if (now < openUntil) return;
      openUntil = now + Math.min(baseMs * 2 ** failures, maxMs);
      failures += 1;
    },
  };
}
