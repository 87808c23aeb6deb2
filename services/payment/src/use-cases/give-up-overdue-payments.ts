import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { afterAwaiting, type Progress } from '../domain/payment.ts';
import { driveDue } from '../driving.ts';
import { giveUpOverdue } from '../persistence/await-money.sql.ts';

/** All of them stand the same, whatever their method. */
const awaiting: Progress = { method: 'bank-transfer', status: 'PENDING', step: 'AWAITING_MONEY', captured: false, failure: null };

/** Ends the payments by hand whose money did not come in time, and puts their seats back on sale. Answers how many. */
export const giveUpOverduePayments =
  ({ db, settlement, leaseMs }: Pick<Deps, 'db' | 'settlement' | 'leaseMs'>) =>
  async (): Promise<number> => {
    const { next } = afterAwaiting(awaiting, 'nothing');
    const { next: ofCancelled } = afterAwaiting(awaiting, 'cancellation');
    return driveDue(
      (limit) => db.transaction((tx) => giveUpOverdue(tx, { next, ofCancelled, driver: newId(), leaseMs, limit })),
      (driven) => settlement.drive(driven),
    );
  };
