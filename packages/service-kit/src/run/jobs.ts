import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Job } from './part.ts';

/** So that replicas that start together do not work together. */
const maxJitterMs = 5_000;

/** Runs each job again and again, `everyMs` after it ended; a failing run is logged and counted, and the next one comes as usual. */
export function runJobs(
  jobs: readonly Job[],
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): { /** Starts no more runs and waits for those under way. */ stop(): Promise<void> } {
  // Not `job`: a scrape gives that name to the target.
  const runs = metrics.counter('boxoffice_job_runs_total', 'Runs of jobs by outcome: ok, failed.', ['job_name', 'outcome']);
  const seconds = metrics.histogram('boxoffice_job_seconds', 'How long runs of jobs take.', ['job_name']);
  const lastSuccess = metrics.gauge('boxoffice_job_last_success_timestamp_seconds', 'When a job last ended well.', ['job_name']);
  const once = async ({ name, run }: Job) => {
    const start = performance.now();
    try {
      await run();
      runs.inc({ job_name: name, outcome: 'ok' });
      lastSuccess.set({ job_name: name }, Date.now() / 1000);
    } catch (err) {
      runs.inc({ job_name: name, outcome: 'failed' });
      logger.error({ err, job: name }, 'job failed');
    }
    seconds.observe({ job_name: name }, (performance.now() - start) / 1000);
  };
  const loops = jobs.map((job) => {
    let stopped = false;
    let running: Promise<void> | undefined;
    let timer: NodeJS.Timeout | undefined;
    const after = (ms: number) => {
      timer = setTimeout(() => {
        running = once(job).then(() => {
          if (!stopped) after(job.everyMs);
        });
      }, ms);
    };
    after(Math.random() * Math.min(job.everyMs, maxJitterMs));
    return async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    };
  });
  return { stop: async () => void (await Promise.all(loops.map((stop) => stop()))) };
}
