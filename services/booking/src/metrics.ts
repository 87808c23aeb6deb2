import { Refusal, refusals } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import type { Metrics } from '@boxoffice/service-kit';
import { unreaped } from './persistence/reap.sql.ts';
import { countSeatsOnSale } from './persistence/seat-map.sql.ts';

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

/** Counting reads every seat on sale, so it is asked at most this often, however many scrape. */
const countEveryMs = 30_000;

/** boxoffice_seats{status}: seats of all events on sale. */
export function measureSeats(db: Database, metrics: Metrics): void {
  let countedAt = Number.NEGATIVE_INFINITY;
  metrics.gauge('boxoffice_seats', 'Seats of events on sale: available, held, sold, blocked.', ['status'], async (seats) => {
    if (performance.now() - countedAt < countEveryMs) return;
    countedAt = performance.now();
    for (const [status, count] of Object.entries(await countSeatsOnSale(db))) seats.set({ status }, count);
  });
}
