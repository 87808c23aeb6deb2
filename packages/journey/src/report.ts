import { TRPCClientError } from '@boxoffice/client';

/** One step of a journey and how long it took. */
export type Step = { name: string; ms: number };
/** One bad request and the answer it got. */
export type BadInput = { what: string; code: string; status: number };

/** Collects what a journey did, and prints it as it happens. */
export interface JourneyReport {
  steps: Step[];
  badInputs: BadInput[];
  /** Runs and times one step; a failure names the step. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Expects a refusal or a validation fault with this code; anything else fails the journey. */
  refused(what: string, code: string, work: () => Promise<unknown>): Promise<void>;
  /** The same for a plain route, which answers with a problem. */
  answered(what: string, code: string, work: () => Promise<Response>): Promise<void>;
  /** Says that something cannot be shown here, and why. */
  skipped(what: string): void;
}

export function journeyReport(print: (line: string) => void): JourneyReport {
  const noted = (what: string, code: string, answer: { code: string; status: number }) => {
    if (answer.code !== code) throw new Error(`${what}: expected ${code}, got ${answer.code} (${answer.status})`);
    report.badInputs.push({ what, ...answer });
  };
  const report: JourneyReport = {
    steps: [],
    badInputs: [],
    async step(name, work) {
      const began = performance.now();
      try {
        const result = await work();
        const ms = Math.round(performance.now() - began);
        report.steps.push({ name, ms });
        print(`${String(ms).padStart(6)} ms  ${name}`);
        return result;
      } catch (cause) {
        throw new Error(`Step failed: ${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    },
    async refused(what, code, work) {
      const answer = await work().then(
        () => ({ code: 'OK', status: 200 }),
        (error) => answerOf(error),
      );
      noted(what, code, answer);
    },
    async answered(what, code, work) {
      const answer = await work();
      const problem = answer.ok ? { code: 'OK' } : ((await answer.json()) as { code: string }); // problem+json of ours
      noted(what, code, { code: problem.code, status: answer.status });
    },
    skipped: (what) => print(`   skipped  ${what}`),
  };
  return report;
}

/** The code and the HTTP status of a "no": the refusal's code where there is one, else tRPC's. Anything that is no answer is thrown on. */
export function answerOf(error: unknown): { code: string; status: number } {
  // The shape all services give their errors; the client types `data` per procedure.
  const data =
    error instanceof TRPCClientError
      ? (error.data as { code: string; httpStatus: number; refusal?: { code: string } } | null | undefined)
      : undefined;
  if (!data) throw error;
  return { code: data.refusal?.code ?? data.code, status: data.httpStatus };
}

/** What was collected as a Markdown table. */
export const badInputTable = (rows: BadInput[]): string =>
  ['| bad input | code | status |', '|---|---|---|', ...rows.map(({ what, code, status }) => `| ${what} | ${code} | ${status} |`)].join('\n');

/** Asks again until `work` answers something, at most `withinMs`; the error names what was awaited. */
export async function awaited<T>(what: string, withinMs: number, work: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + withinMs;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 500)) {
    const found = await work();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** A journey is no test framework: a fact that is not so ends it with both values. */
export function expectEqual(what: string, got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}
