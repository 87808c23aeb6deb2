import { Refusal, refusals } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import type { Metrics } from '@boxoffice/service-kit';
import { unreaped } from './persistence/reap.sql.ts';

/** The same use case, counted: boxoffice_holds_total{outcome} – 'held', the refusal's code, or 'failed'. */
export function countHolds<I, C, R>(hold: (input: I, caller: C) => Promise<R>, metrics: Metrics): (input: I, caller: C) => Promise<R> {
  const holds = metrics.counter('boxoffice_holds_total', 'Holds by outcome: held, the code of the refusal, failed.', ['outcome']);
  return async (input, caller) => {
    try {
      const reservation = await hold(input, caller);
      holds.inc({ outcome: 'held' });
      return reservation;
    } catch (error) {
      holds.inc({ outcome: error instanceof Refusal && error.refusal.code in refusals ? error.refusal.code : 'failed' });
      throw error;
    }
  };
}

/** What the reaper has still to do: falls behind only when nobody reaps. */
export function measureUnreaped(db: Database, metrics: Metrics): void {
  const oldest = metrics.gauge('boxoffice_reservations_expired_unreaped_oldest_seconds', 'How long ago the oldest of them ended.');
  metrics.gauge(
    'boxoffice_reservations_expired_unreaped',
    'Seats of reservations whose time is over and whose history is still open.',
    [],
    async (open) => {
      const { rows, oldestSeconds } = await unreaped(db);
      open.set(rows);
      oldest.set(oldestSeconds);
    },
  );
}
