import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@boxoffice/service-kit';
import type { OrderDeps } from './deps.ts';
import { undriven } from './driving.ts';
import { leaseRefund } from './persistence/lease-refunds.sql.ts';
import type { RefundRow } from './persistence/refund-row.ts';
import { readRefund } from './persistence/refunds-of-payment.sql.ts';

type Driving = Pick<OrderDeps, 'db' | 'refunds' | 'leaseMs' | 'confirmAnswerMs'>;

/**
 * Drives a refund that is written, or waits for whoever does, and answers it as it is then; after `confirmAnswerMs` as it is so far, and the drive goes on.
 */
export async function settledRefund(deps: Driving, refundId: string): Promise<RefundRow> {
  const driven = await leaseRefund(deps.db, { refundId, driver: newId(), leaseMs: deps.leaseMs });
  const drive = driven ? deps.refunds.drive(driven) : undriven(async () => (await readRefund(deps.db, refundId))?.driver, deps.confirmAnswerMs);
  await Promise.race([drive, delay(deps.confirmAnswerMs, undefined, { ref: false })]);
  const refund = await readRefund(deps.db, refundId);
  if (!refund) throw new Error(`refund ${refundId} is gone`);
  return refund;
}
