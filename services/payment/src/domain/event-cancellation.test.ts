import { describe, expect, it } from 'vitest';
import { cancellationKey, dryRun, figuresOf, isSamePlan, type PaidOrder } from './event-cancellation.ts';

const now = new Date('2026-12-12T20:00:00Z');
const order = (given: Partial<PaidOrder> = {}): PaidOrder => ({
  ...{ paymentId: 'p', method: 'online', provider: 'test', hasAccount: true, capturedAt: now },
  seats: [
    { seatId: 'a', priceMinor: 1000 },
    { seatId: 'b', priceMinor: 2000 },
  ],
  ...{ refundedSeatIds: new Set<string>(), feeMinor: 200, capturedMinor: 3200, refundedMinor: 0 },
  ...given,
});
const of = (orders: PaidOrder[], withFees = true) => dryRun({ orders, unpaidOrders: 3, currency: 'EUR' }, { withFees, now });

describe('a dry run', () => {
  it('gives back prices and, where told, fees; never more than is left', () => {
    expect(of([order()])).toMatchObject({ orders: 1, seats: 2, totalMinor: 3200, feesMinor: 200, refundedBeforeMinor: 0, unpaidOrders: 3 });
    expect(of([order()], false)).toMatchObject({ totalMinor: 3000, feesMinor: 0 });
    expect(of([order({ refundedSeatIds: new Set(['a']), refundedMinor: 1000 })])).toMatchObject({
      seats: 1,
      totalMinor: 2100,
      refundedBeforeMinor: 1000,
    });
    expect(of([order({ refundedMinor: 3000 })])).toMatchObject({ seats: 2, totalMinor: 200, refundedBeforeMinor: 3000 });
  });

  it('sums by method and provider, and by whether it goes by itself', () => {
    const orders = [
      order(),
      order(),
      order({ provider: 'stripe', hasAccount: false }),
      order({ provider: 'stripe' }),
      order({ method: 'at-door', provider: 'by-hand' }),
    ];
    expect(of(orders).perMethod).toEqual([
      { method: 'online', provider: 'test', orders: 2, amountMinor: 6400, automatic: true },
      { method: 'online', provider: 'stripe', orders: 1, amountMinor: 3200, automatic: false },
      { method: 'online', provider: 'stripe', orders: 1, amountMinor: 3200, automatic: true },
      { method: 'at-door', provider: 'by-hand', orders: 1, amountMinor: 3200, automatic: false },
    ]);
  });

  it('says why people must or may have to do it, and names a hundred orders at most', () => {
    const old = new Date(now.getTime() - 181 * 86_400_000);
    const all = new Set(['a', 'b']);
    const odd = [
      order({ paymentId: '1', provider: 'by-hand' }),
      order({ paymentId: '2', hasAccount: false }),
      order({ paymentId: '3', capturedAt: old }),
      order({ paymentId: '4', refundedSeatIds: all, refundedMinor: 3000 }),
      order({ paymentId: '5', provider: 'free', capturedAt: old }), // nobody outside is asked
      order({ paymentId: '6' }),
    ];
    const { cannotRefund, cannotRefundOrders, orders } = of(odd);
    expect(cannotRefund.map(({ paymentId, why }) => [paymentId, why])).toEqual([
      ['1', 'by-hand'],
      ['2', 'account-closed'],
      ['3', 'capture-old'],
      ['4', 'already-refunding'],
    ]);
    expect([cannotRefundOrders, orders]).toEqual([4, 5]);
    const many = of(Array.from({ length: 150 }, () => order({ provider: 'by-hand' })));
    expect([many.cannotRefund.length, many.cannotRefundOrders]).toEqual([100, 150]);
  });

  it('is the same plan as long as every figure is, in whatever order they are kept', () => {
    const then = figuresOf(of([order()]));
    const kept = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(then).reverse())));
    expect(isSamePlan(kept, then)).toBe(true);
    for (const name of Object.keys(then).filter((key) => key !== 'currency')) expect(isSamePlan(kept, { ...then, [name]: 99 })).toBe(false);
  });
});

it('an order has one key per round, the first as it is promised', () => {
  expect([cancellationKey('p', 1), cancellationKey('p', 2)]).toEqual(['p:event-cancelled', 'p:event-cancelled:2']);
});
