import type { CannotRefund, EventCancellationPlan } from '@boxoffice/contracts';
import { isRefusal } from '@boxoffice/contracts';
import type { z } from 'zod';
import { type OrderMoney, type RefundAmount, refundAmount } from './refund-amount.ts';

type Why = z.output<typeof CannotRefund>;
type Plan = z.output<typeof EventCancellationPlan>;
/** The numbers of a plan that its code is bound to. */
export type Figures = Pick<Plan, 'orders' | 'seats' | 'totalMinor' | 'feesMinor' | 'refundedBeforeMinor' | 'unpaidOrders' | 'currency'>;
export type DryRun = Figures & Pick<Plan, 'perMethod' | 'cannotRefund' | 'cannotRefundOrders'>;

/** A paid order of an event as a dry run sees it. */
export interface PaidOrder extends OrderMoney {
  paymentId: string;
  method: string;
  provider: string;
  /** The provider's account has to be there for money to go back through it. */
  hasAccount: boolean;
  capturedAt: Date;
}
export interface PaidEvent {
  orders: readonly PaidOrder[];
  unpaidOrders: number;
  currency: string;
}

/** Card networks decline refunds of old payments from about here on: it is tried, and people are warned. */
const oldAfterMs = 180 * 86_400_000;
/** Enough to look at one by one; the rest is counted. */
const mostNamed = 100;

/** What refunding all of an event gives back, by the same rule as the refunds themselves. */
export function dryRun({ orders, unpaidOrders, currency }: PaidEvent, { withFees, now }: { withFees: boolean; now: Date }): DryRun {
  const sums: DryRun = {
    ...{ orders: 0, seats: 0, totalMinor: 0, feesMinor: 0, refundedBeforeMinor: 0, unpaidOrders, currency },
    ...{ perMethod: [], cannotRefund: [], cannotRefundOrders: 0 },
  };
  for (const order of orders) {
    const amount = whatIsLeft(order, withFees);
    sums.refundedBeforeMinor += order.refundedMinor;
    const why = amount ? whyNot(order, now) : 'already-refunding';
    if (why) {
      sums.cannotRefundOrders += 1;
      if (sums.cannotRefund.length < mostNamed) sums.cannotRefund.push({ paymentId: order.paymentId, why });
    }
    if (amount) add(sums, order, { amount, automatic: why !== 'by-hand' && why !== 'account-closed' });
  }
  return sums;
}

/** What goes back of an order; undefined when earlier refunds cover all of its seats. */
export function whatIsLeft(order: OrderMoney, withFees: boolean): RefundAmount | undefined {
  try {
    return refundAmount(order, { withFees });
  } catch (error) {
    if (isRefusal(error, 'ALREADY_REFUNDED')) return undefined;
    throw error;
  }
}

function whyNot({ provider, hasAccount, capturedAt }: PaidOrder, now: Date): Why | undefined {
  if (provider === 'by-hand') return 'by-hand';
  if (!hasAccount) return 'account-closed';
  return now.getTime() - capturedAt.getTime() > oldAfterMs && provider !== 'free' ? 'capture-old' : undefined;
}

function add(sums: DryRun, { method, provider }: PaidOrder, { amount, automatic }: { amount: RefundAmount; automatic: boolean }): void {
  sums.orders += 1;
  sums.seats += amount.seatIds.length;
  sums.totalMinor += amount.amountMinor;
  sums.feesMinor += amount.feeMinor;
  const same = sums.perMethod.find((row) => row.method === method && row.provider === provider && row.automatic === automatic);
  if (same) {
    same.orders += 1;
    same.amountMinor += amount.amountMinor;
  } else sums.perMethod.push({ method, provider, orders: 1, amountMinor: amount.amountMinor, automatic });
}

/** The figures alone, in one order of names, so that equal plans are equal text. */
export const figuresOf = ({ orders, seats, totalMinor, feesMinor, refundedBeforeMinor, unpaidOrders, currency }: Figures): Figures => ({
  ...{ orders, seats, totalMinor, feesMinor, refundedBeforeMinor, unpaidOrders, currency },
});

/** Whether a plan still says what its code was given for. */
export const isSamePlan = (then: Figures, now: Figures): boolean => JSON.stringify(figuresOf(then)) === JSON.stringify(figuresOf(now));

/** The key of an order's refund: the same cancellation asks for the same refund, however often. A later round is for seats that an earlier refund gave up. */
export const cancellationKey = (paymentId: string, round: number): string => `${paymentId}:event-cancelled${round === 1 ? '' : `:${round}`}`;
