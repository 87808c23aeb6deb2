import { Refusal } from '@boxoffice/contracts';
import { describe, expect, it, test } from 'vitest';
import {
  decideRefund,
  firstStep,
  isOpenRefund,
  type RefundHeard,
  type RefundProgress,
  refundKeyOf,
  refundWaitsFor,
  retried,
  settledByHand,
} from './refund.ts';
import { type OrderMoney, type RefundWish, refundAmount } from './refund-amount.ts';

const at = (step: RefundProgress['step'], change: Partial<RefundProgress> = {}): RefundProgress => ({
  ...{ kind: 'seats', status: 'PENDING', step, offline: false },
  ...change,
});
const provider = (kind: 'approved' | 'pending' | 'absent' | 'unknown'): RefundHeard => ({ from: 'provider', said: { kind } });
const declined: RefundHeard = { from: 'provider', said: { kind: 'declined', reason: 'card-declined' } };
const cancelled: RefundHeard = { from: 'ticketing', said: { kind: 'cancelled' } };
const used: RefundHeard = { from: 'ticketing', said: { kind: 'used', usedAt: '2027-01-01T20:00:00.000Z', gate: 'North' } };
const done: RefundHeard = { from: 'booking', said: { kind: 'done' } };

describe('a refund', () => {
  test('of seats begins with the tickets, every other with the money; offline it waits for people', () => {
    expect(firstStep('seats', false)).toBe('CANCELLING_TICKETS');
    expect(firstStep('seats', true)).toBe('CANCELLING_TICKETS');
    expect(firstStep('amount', false)).toBe('REFUNDING');
    expect(firstStep('late-capture', true)).toBe('BY_HAND');
  });

  test.each<[string, RefundProgress, RefundHeard, unknown]>([
    ['tickets that ended lead to the money', at('CANCELLING_TICKETS'), cancelled, { status: 'PENDING', step: 'REFUNDING' }],
    ['offline to people', at('CANCELLING_TICKETS', { offline: true }), cancelled, { status: 'PENDING', step: 'BY_HAND' }],
    ['a used ticket: nothing happened', at('CANCELLING_TICKETS'), used, { status: 'FAILED', step: 'SETTLED' }],
    ['money that is back leads to the seats', at('REFUNDING'), provider('approved'), { status: 'PENDING', step: 'RETURNING_SEATS' }],
    ['without seats it is over', at('REFUNDING', { kind: 'amount' }), provider('approved'), { status: 'DONE', step: 'SETTLED' }],
    ['a definite no waits for people', at('REFUNDING'), declined, { status: 'FAILED', step: 'REFUNDING' }],
    ['pending is no answer', at('REFUNDING'), provider('pending'), 'wait'],
    ['never seen is no answer', at('REFUNDING'), provider('absent'), 'wait'],
    ['silence is no answer', at('REFUNDING'), provider('unknown'), 'wait'],
    ['silence of ticketing neither', at('CANCELLING_TICKETS'), { from: 'ticketing', said: { kind: 'unknown' } }, 'wait'],
    ['silence of booking neither', at('RETURNING_SEATS'), { from: 'booking', said: { kind: 'unknown' } }, 'wait'],
    ['seats that are back end it', at('RETURNING_SEATS'), done, { status: 'DONE', step: 'SETTLED' }],
  ])('%s', (_, from, heard, decision) => expect(decideRefund(from, heard)).toEqual(decision));

  test('listens to nobody it has not asked', () => {
    expect(() => decideRefund(at('REFUNDING'), done)).toThrow('does not listen');
    expect(() => decideRefund(at('SETTLED', { status: 'DONE' }), done)).toThrow('does not listen');
    expect(() => decideRefund(at('REFUNDING', { status: 'FAILED' }), provider('approved'))).toThrow('does not listen');
    expect(() => decideRefund(at('BY_HAND'), provider('approved'))).toThrow('does not listen');
  });

  test('says whom it waits for', () => {
    expect(refundWaitsFor(at('CANCELLING_TICKETS'))).toBe('ticketing');
    expect(refundWaitsFor(at('REFUNDING'))).toBe('provider');
    expect(refundWaitsFor(at('REFUNDING', { status: 'FAILED' }))).toBe('staff');
    expect(refundWaitsFor(at('BY_HAND'))).toBe('staff');
    expect(refundWaitsFor(at('SETTLED', { status: 'DONE' }))).toBe(null);
    expect(isOpenRefund(at('BY_HAND'))).toBe(false);
  });

  test('by hand and again only where it waits for people', () => {
    expect(settledByHand(at('REFUNDING', { status: 'FAILED' }))).toEqual({ status: 'PENDING', step: 'RETURNING_SEATS' });
    expect(settledByHand(at('BY_HAND', { kind: 'amount' }))).toEqual({ status: 'DONE', step: 'SETTLED' });
    expect(settledByHand(at('REFUNDING'))).toBeUndefined();
    expect(settledByHand(at('SETTLED', { status: 'FAILED' }))).toBeUndefined();
    expect(retried(at('REFUNDING', { status: 'FAILED' }))).toEqual({ status: 'PENDING', step: 'REFUNDING' });
    for (const from of [at('REFUNDING'), at('BY_HAND'), at('SETTLED', { status: 'FAILED' })]) expect(retried(from)).toBeUndefined();
  });

  test('has a key for each step, and for each round of money another', () => {
    expect(refundKeyOf('r', 'CANCELLING_TICKETS', 2)).toBe('r:cancelling-tickets');
    expect(refundKeyOf('r', 'REFUNDING', 1)).toBe('r:refund:1');
    expect(refundKeyOf('r', 'REFUNDING', 2)).toBe('r:refund:2');
  });
});

describe('the amount', () => {
  const order: OrderMoney = {
    seats: ['a', 'b', 'c'].map((seatId, index) => ({ seatId, priceMinor: 1000 * (index + 1) })),
    refundedSeatIds: new Set(),
    feeMinor: 100,
    capturedMinor: 6100,
    refundedMinor: 0,
  };
  const of = (wish: Partial<RefundWish>, change: Partial<OrderMoney> = {}) => refundAmount({ ...order, ...change }, { withFees: false, ...wish });
  const no = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (error instanceof Refusal) return error.refusal;
    }
    return undefined;
  };

  it('of the whole order is its prices, with fees everything', () => {
    expect(of({})).toEqual({ kind: 'seats', seatIds: ['a', 'b', 'c'], amountMinor: 6000, feeMinor: 0 });
    expect(of({ withFees: true })).toEqual({ kind: 'seats', seatIds: ['a', 'b', 'c'], amountMinor: 6100, feeMinor: 100 });
  });

  it('of seats one after the other adds up to everything, fees that cannot be divided included', () => {
    let refundedMinor = 0;
    const refundedSeatIds = new Set<string>();
    const fees = ['a', 'b', 'c'].map((seatId) => {
      const { amountMinor, feeMinor } = of({ seatIds: [seatId], withFees: true }, { refundedSeatIds, refundedMinor });
      refundedMinor += amountMinor;
      refundedSeatIds.add(seatId);
      return feeMinor;
    });
    expect([refundedMinor, fees]).toEqual([6100, [33, 33, 34]]);
  });

  it('as good will reaches exactly what was captured, and no further', () => {
    expect(of({ amountMinor: 6100 })).toEqual({ kind: 'amount', seatIds: [], amountMinor: 6100, feeMinor: 0 });
    expect(no(() => of({ amountMinor: 6101 }))).toEqual({ code: 'REFUND_TOO_MUCH', details: { leftMinor: 6100 } });
    expect(of({ amountMinor: 100 }, { refundedMinor: 6000 })).toMatchObject({ amountMinor: 100 });
    expect(no(() => of({ amountMinor: 101 }, { refundedMinor: 6000 }))).toEqual({ code: 'REFUND_TOO_MUCH', details: { leftMinor: 100 } });
  });

  it('of named seats is refused when it is more than what is left, of everything it is what is left', () => {
    expect(no(() => of({ seatIds: ['c'] }, { refundedMinor: 3200 }))).toEqual({ code: 'REFUND_TOO_MUCH', details: { leftMinor: 2900 } });
    expect(of({ withFees: true }, { refundedMinor: 500 })).toEqual({ kind: 'seats', seatIds: ['a', 'b', 'c'], amountMinor: 5600, feeMinor: 0 });
    expect(of({ withFees: true }, { refundedMinor: 50 })).toMatchObject({ amountMinor: 6050, feeMinor: 50 });
    expect(of({}, { refundedMinor: 6100 })).toMatchObject({ amountMinor: 0 });
  });

  it('of seats of another order, or of seats that are refunded, is refused with their ids', () => {
    expect(no(() => of({ seatIds: ['a', 'x'] }))).toEqual({ code: 'SEATS_NOT_OF_ORDER', details: { seatIds: ['x'] } });
    const refundedSeatIds = new Set(['a']);
    expect(no(() => of({ seatIds: ['a', 'b'] }, { refundedSeatIds }))).toEqual({ code: 'ALREADY_REFUNDED', details: { seatIds: ['a'] } });
    expect(of({}, { refundedSeatIds, refundedMinor: 1000 })).toMatchObject({ seatIds: ['b', 'c'], amountMinor: 5000 });
    expect(no(() => of({}, { refundedSeatIds: new Set(['a', 'b', 'c']) }))).toMatchObject({ code: 'ALREADY_REFUNDED' });
  });
});
