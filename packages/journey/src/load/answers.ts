/** Every HTTP answer the load got, its own retries excluded because there are none. */
export interface Answers {
  fetch: typeof fetch;
  /** From here on answers count. */
  begin(): void;
  summary(): AnswerSummary;
}
export type AnswerSummary = {
  requests: number;
  /** Of these not answered with 2xx: other statuses, and none at all. */
  not2xx: number;
  byStatus: Record<string, number>;
  /** The first of those, to see what they are. */
  samples: string[];
  /** Longest time between two 2xx answers. */
  longestPauseMs: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
};

const mostSamples = 10;

/** What was seen since `began`. */
interface Seen {
  began: number;
  lastGood: number;
  longestPauseMs: number;
  byStatus: Record<string, number>;
  samples: string[];
  times: number[];
}
const nothingYet = (now: number): Seen => ({ began: now, lastGood: now, longestPauseMs: 0, byStatus: {}, samples: [], times: [] });
const isGood = (status: string) => /^2/.test(status);

/** Counts what goes through its `fetch`. */
export function countedAnswers(): Answers {
  let seen = nothingYet(performance.now());
  return {
    fetch: async (input, init) => {
      const since = performance.now();
      const request = new URL(input instanceof Request ? input.url : input).pathname;
      try {
        const answer = await fetch(input, init);
        note(seen, { status: String(answer.status), request, since });
        return answer;
      } catch (error) {
        note(seen, { status: `no answer (${reasonOf(error)})`, request, since });
        throw error;
      }
    },
    begin() {
      seen = nothingYet(performance.now());
    },
    summary: () => summaryOf(seen),
  };
}

function note(seen: Seen, { status, request, since }: { status: string; request: string; since: number }): void {
  const now = performance.now();
  seen.byStatus[status] = (seen.byStatus[status] ?? 0) + 1;
  seen.times.push(now - since);
  if (isGood(status)) {
    seen.longestPauseMs = Math.max(seen.longestPauseMs, now - seen.lastGood);
    seen.lastGood = now;
  } else if (seen.samples.length < mostSamples)
    seen.samples.push(`${((now - seen.began) / 1_000).toFixed(1)} s: ${request} ${status} after ${Math.round(now - since)} ms`);
}

function summaryOf({ times, byStatus, samples, longestPauseMs }: Seen): AnswerSummary {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  const good = Object.entries(byStatus).reduce((sum, [status, count]) => sum + (isGood(status) ? count : 0), 0);
  return {
    ...{ requests: times.length, not2xx: times.length - good, byStatus: { ...byStatus }, samples: [...samples] },
    ...{ longestPauseMs: Math.round(longestPauseMs), p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
  };
}

/** undici tells why in the cause: ECONNRESET, ECONNREFUSED, UND_ERR_SOCKET. */
function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code: unknown = Reflect.get(cause, 'code');
    if (typeof code === 'string') return code;
    if (!cause.cause) return cause.name;
  }
  return 'unknown';
}
