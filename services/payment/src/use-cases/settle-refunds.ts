import { newId } from '@boxoffice/service-kit';
import type { OrderDeps } from '../deps.ts';
import { leaseDueRefunds } from '../persistence/lease-refunds.sql.ts';

/** Each of them holds no connection while it asks. */
const batchSize = 20;

/** Drives on every open refund whose time has come and whom nobody drives: new ones, missing answers, drivers that were killed. Answers how many. */
export const settleRefunds =
  ({ db, refunds, leaseMs }: Pick<OrderDeps, 'db' | 'refunds' | 'leaseMs'>) =>
  async (): Promise<number> => {
    for (let driven = 0; ; ) {
      const due = await leaseDueRefunds(db, { driver: newId(), leaseMs, limit: batchSize });
      await Promise.all(due.map((refund) => refunds.drive(refund)));
      driven += due.length;
      if (due.length < batchSize) return driven;
    }
  };
