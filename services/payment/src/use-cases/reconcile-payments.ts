import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { driveDue } from '../driving.ts';
import { leaseDuePayments } from '../persistence/lease-payments.sql.ts';

/** Drives on every open payment whose time has come and whom nobody drives: answers that were missing, drivers that were killed. Answers how many. */
export const reconcilePayments =
  ({ db, settlement, leaseMs }: Pick<Deps, 'db' | 'settlement' | 'leaseMs'>) =>
  (): Promise<number> =>
    driveDue(
      (limit) => leaseDuePayments(db, { driver: newId(), leaseMs, limit }),
      (driven) => settlement.drive(driven),
    );
