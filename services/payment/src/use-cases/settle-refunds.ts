import { newId } from '@boxoffice/service-kit';
import type { OrderDeps } from '../deps.ts';
import { driveDue } from '../driving.ts';
import { leaseDueRefunds } from '../persistence/lease-refunds.sql.ts';

/** Drives on every open refund whose time has come and whom nobody drives: new ones, missing answers, drivers that were killed. Answers how many. */
export const settleRefunds =
  ({ db, refunds, leaseMs }: Pick<OrderDeps, 'db' | 'refunds' | 'leaseMs'>) =>
  (): Promise<number> =>
    driveDue(
      (limit) => leaseDueRefunds(db, { driver: newId(), leaseMs, limit }),
      (driven) => refunds.drive(driven),
    );
