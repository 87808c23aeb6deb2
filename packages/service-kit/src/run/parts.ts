import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { runJobs } from './jobs.ts';
import type { Part, Worker } from './part.ts';

export interface RunningParts {
  /** Workers and jobs of every part run; rejects when a worker cannot start. */
  started: Promise<void>;
  /** Throws with the reason while a part cannot serve. */
  ready(): Promise<void>;
  /** Jobs, then workers, then what the parts closed last; a part that fails here does not keep the others. */
  stop(): Promise<void>;
}
type Edges = { logger: Logger; metrics: Metrics };

const waitMs = 500;

/** Runs the workers and jobs of these parts, each as soon as the part is ready: nothing works on a schema that is not there yet. */
export function runParts(parts: readonly Part[], edges: Edges): RunningParts {
  const running = parts.map((part) => runPart(part, edges));
  const started = Promise.all(running.map((part) => part.started)).then(() => {});
  return {
    started,
    ready: async () => {
      await Promise.all(
        parts.map((part) =>
          part
            .ready()
            .catch((error: unknown) =>
              Promise.reject(new Error(`${part.name}: ${error instanceof Error ? error.message : 'unknown'}`, { cause: error })),
            ),
        ),
      );
      await started;
    },
    stop: async () => {
      await Promise.all(running.map((part) => part.stop()));
      // All of them first: in one process one part's last messages are another's work.
      await Promise.all(parts.map((part) => attempt(edges.logger, `close ${part.name}`, () => part.close())));
    },
  };
}

function runPart(part: Part, { logger, metrics }: Edges): { started: Promise<void>; stop(): Promise<void> } {
  const stopping = new AbortController();
  const up: Worker[] = [];
  let jobs: { stop(): Promise<void> } | undefined;
  const start = async () => {
    await untilReady(part, logger, stopping.signal);
    for (const worker of part.workers) {
      if (stopping.signal.aborted) return;
      await worker.start();
      up.push(worker);
    }
    if (!stopping.signal.aborted) jobs = runJobs(part.jobs, { logger, metrics });
  };
  const started = start();
  return {
    started,
    stop: async () => {
      stopping.abort();
      await started.catch(() => {}); // told to whoever waits for `started`
      await jobs?.stop();
      for (const worker of up.reverse()) await attempt(logger, `stop ${worker.name}`, () => worker.stop());
    },
  };
}

async function untilReady(part: Part, logger: Logger, stopping: AbortSignal): Promise<void> {
  let told: string | undefined;
  while (!stopping.aborted) {
    const why = await part.ready().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
    );
    if (why === undefined) return;
    if (why !== told) logger.warn({ part: part.name, reason: why }, 'not ready');
    told = why;
    await sleep(waitMs, undefined, { signal: stopping }).catch(() => {});
  }
}

async function attempt(logger: Logger, what: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (err) {
    logger.error({ err }, `${what} failed`);
  }
}
