import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { leaseDuePayments } from '../persistence/lease-payments.sql.ts';

/** Each of them holds no connection while it asks. */
const batchSize = 20;

/** Drives on every open payment whose time has come and whom nobody drives: answers that were missing, drivers that were killed. Answers how many. */
export const reconcilePayments =
  ({ db, settlement, leaseMs }: Pick<Deps, 'db' | 'settlement' | 'leaseMs'>) =>
  async (): Promise<number> => {
    for (let driven = 0; ; ) {
      const due = await leaseDuePayments(db, { driver: newId(), leaseMs, limit: batchSize });
      await Promise.all(due.map((payment) => settlement.drive(payment)));
      driven += due.length;
      if (due.length < batchSize) return driven;
    }
  };
