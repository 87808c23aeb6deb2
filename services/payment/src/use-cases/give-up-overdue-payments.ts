import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { afterAwaiting, type Progress } from '../domain/payment.ts';
import { giveUpOverdue } from '../persistence/await-money.sql.ts';

/** Each of them asks booking at once. */
const batchSize = 20;
/** All of them stand the same, whatever their method. */
const awaiting: Progress = { method: 'bank-transfer', status: 'PENDING', step: 'AWAITING_MONEY', captured: false, failure: null };

/** Ends the payments by hand whose money did not come in time, and puts their seats back on sale. Answers how many. */
export const giveUpOverduePayments =
  ({ db, settlement, leaseMs }: Pick<Deps, 'db' | 'settlement' | 'leaseMs'>) =>
  async (): Promise<number> => {
    const { next } = afterAwaiting(awaiting, 'nothing');
    const { next: ofCancelled } = afterAwaiting(awaiting, 'cancellation');
    for (let ended = 0; ; ) {
      const due = await db.transaction((tx) => giveUpOverdue(tx, { next, ofCancelled, driver: newId(), leaseMs, limit: batchSize }));
      await Promise.all(due.map((driven) => settlement.drive(driven)));
      ended += due.length;
      if (due.length < batchSize) return ended;
    }
  };
