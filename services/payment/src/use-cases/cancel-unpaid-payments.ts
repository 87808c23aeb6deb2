import type { Deps } from '../deps.ts';
import { cancelUnpaidPayments as cancelDue } from '../persistence/cancel-payments.sql.ts';

const batchSize = 500;

/** Ends the payments nobody confirmed while their seats were kept; booking needs no word of it, the hold ended by itself. Answers how many. */
export const cancelUnpaidPayments =
  ({ db, countSettled }: Pick<Deps, 'db' | 'countSettled'>) =>
  async (): Promise<number> => {
    for (let total = 0; ; ) {
      const cancelled = await cancelDue(db, batchSize);
      countSettled('CANCELLED', cancelled.length);
      total += cancelled.length;
      if (cancelled.length < batchSize) return total;
    }
  };
