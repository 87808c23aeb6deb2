import type { Deps } from '../deps.ts';
import { reapBatch, reapExpired as reapOnce } from '../persistence/reap.sql.ts';

/** At least the statement timeout (5 s), so that no sale under way still counts on a row that is closed here. */
const graceMs = 10_000;

/** Closes the history of every hold whose time is over, until nothing is left; answers how many seats that were. Any number may run at once. */
export const reapExpired =
  ({ db }: Pick<Deps, 'db'>) =>
  async (): Promise<number> => {
    for (let reaped = 0; ; ) {
      const batch = await reapOnce(db, graceMs);
      reaped += batch;
      if (batch < reapBatch) return reaped;
    }
  };
