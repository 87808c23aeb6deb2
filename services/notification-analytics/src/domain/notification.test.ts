import { describe, expect, it } from 'vitest';
import { afterFailure, isComplete, mailAboutFailure } from './notification.ts';

const failed = { paymentId: 'p', userId: 'u', eventId: 'e', reason: 'card-declined', refunded: false, cancellationId: null };

describe('mailAboutFailure', () => {
  it('is silent about a declined card: the customer had the answer', () => {
    expect(mailAboutFailure(failed)).toBeUndefined();
  });
  it('tells of money that went back, and of ends that came after the customer had left', () => {
    expect(mailAboutFailure({ ...failed, refunded: true })).toMatchObject({ kind: 'payment-failed', causeId: 'p', facts: { refunded: true } });
    for (const reason of ['seats-gone', 'not-answered', 'capture-failed', 'not-paid', 'event-cancelled'])
      expect(mailAboutFailure({ ...failed, reason })).toMatchObject({ kind: 'payment-failed', facts: { refunded: false, reason } });
    expect(mailAboutFailure({ ...failed, reason: 'paid-already' })).toBeUndefined(); // nothing charged, and the tickets are there
  });
  it('leaves the customers of a cancelled event to the one mail about all of their orders', () => {
    expect(mailAboutFailure({ ...failed, reason: 'event-cancelled', cancellationId: 'c' })).toBeUndefined();
    expect(mailAboutFailure({ ...failed, refunded: true, cancellationId: 'c' })).toBeUndefined();
  });
});

describe('isComplete', () => {
  it('waits for the last ticket', () => {
    expect([isComplete(2, 3), isComplete(3, 3)]).toEqual([false, true]);
  });
});

describe('afterFailure', () => {
  const policy = { maxAttempts: 34, baseMs: 5000, maxMs: 3_600_000 };
  it('doubles the wait up to the longest, ± 25 %', () => {
    expect(afterFailure(1, policy, 0)).toEqual({ status: 'PENDING', waitMs: 3750 });
    expect(afterFailure(3, policy, 0.5)).toEqual({ status: 'PENDING', waitMs: 20_000 });
    expect(afterFailure(33, policy, 1)).toEqual({ status: 'PENDING', waitMs: 4_500_000 });
  });
  it('gives up after the last attempt', () => {
    expect(afterFailure(34, policy, 0)).toEqual({ status: 'FAILED' });
    expect(afterFailure(35, policy, 0)).toEqual({ status: 'FAILED' });
  });
  it('tries for about a day', () => {
    let waited = 0;
    for (let attempt = 1; ; attempt += 1) {
      const next = afterFailure(attempt, policy, 0.5);
      if (next.status === 'FAILED') break;
      waited += next.waitMs;
    }
    expect(waited / 3_600_000).toBeCloseTo(24.4, 1);
  });
});
