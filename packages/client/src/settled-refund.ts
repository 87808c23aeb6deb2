import type { AppRouter } from '@boxoffice/contracts';
import type { TRPCClient } from '@trpc/client';
import { jittered } from './errors.ts';
import { pause } from './plain-routes.ts';

type Payment = TRPCClient<AppRouter>['payment'];
export type Refund = Awaited<ReturnType<Payment['refundOrder']['mutate']>>;

const firstWaitMs = 250;
const longestWaitMs = 5_000;

/** Asks for the order until this refund is DONE, FAILED, or waits for staff; throws the signal's reason when it comes first. */
export async function settledRefund(payment: Pick<Payment, 'getOrder'>, refund: Refund, signal?: AbortSignal): Promise<Refund> {
  let now = refund;
  for (let waitMs = firstWaitMs; now.status === 'PENDING' && now.waitingFor !== 'staff'; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    await pause(jittered(waitMs), signal);
    const { refunds } = await payment.getOrder.query({ paymentId: refund.paymentId }, signal ? { signal } : {});
    const found = refunds.find(({ refundId }) => refundId === refund.refundId);
    // Not in the order any more: a ticket was used before its seat's turn came, and nothing of the refund happened.
    if (!found) return { ...now, status: 'FAILED', waitingFor: null, failureReason: 'A ticket of these seats was used.' };
    now = found;
  }
  return now;
}
