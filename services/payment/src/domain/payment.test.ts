import { describe, expect, it } from 'vitest';
import {
  afterAwaiting,
  asked,
  backOffMs,
  type Decision,
  decide,
  type Heard,
  isOpen,
  type Moment,
  type Progress,
  type ProviderAnswer,
  refusalOf,
  type Say,
  type SeatsAnswer,
  type Step,
  waitingFor,
} from './payment.ts';

const minute = 60_000;
const at = (ms: number) => new Date(Date.UTC(2027, 0, 1) + ms);
const inTime: Moment = { now: at(0), stepSince: at(0), payUntil: at(15 * minute), absentAfterMs: 10_000 };
const pending = (step: Step, change: Partial<Progress> = {}): Progress => ({
  ...{ method: 'online', status: 'PENDING', step, captured: false, failure: null },
  ...change,
});
const provider = (said: ProviderAnswer): Heard => ({ from: 'provider', said });
const booking = (kind: SeatsAnswer['kind']): Heard => ({ from: 'booking', said: { kind } });
const approved = provider({ kind: 'approved' });
const silence = { kind: 'unknown' } as const;

/** Follows a payment through these answers, in order, and tells where it ends and what was said. */
function after(from: Progress, answers: Heard[], moment = inTime) {
  const steps: Step[] = [];
  let said: Say | null = null;
  let payment = from;
  for (const heard of answers) {
    const decision: Decision = decide(payment, heard, moment);
    if (decision === 'wait') continue;
    payment = decision.next;
    said = decision.say;
    steps.push(payment.step);
  }
  return { ...payment, said, steps };
}
const confirmed = { status: 'CONFIRMED', step: 'SETTLED', captured: true, failure: null, said: 'confirmed' };
const failed = (failure: string, refunded = false) => ({ status: 'FAILED', step: 'SETTLED', captured: refunded, failure, said: 'failed' });

describe('provider says × the reservation is', () => {
  const authorising = pending('AUTHORISING');
  const capturedAtOnce = provider({ kind: 'approved', captured: true });

  it('captured × held, mine → confirmed', () => {
    expect(after(authorising, [approved, booking('confirmed'), approved])).toMatchObject({
      ...confirmed,
      steps: ['CONFIRMING_SEATS', 'CAPTURING', 'SETTLED'],
    });
    expect(after(authorising, [capturedAtOnce, booking('confirmed')])).toMatchObject({ ...confirmed, steps: ['CONFIRMING_SEATS', 'SETTLED'] });
  });

  it('captured × expired, seats still free → booking takes them again: confirmed', () => {
    const late = { ...inTime, now: at(20 * minute) };
    expect(after(authorising, [capturedAtOnce, booking('confirmed')], late)).toMatchObject(confirmed);
    expect(after(authorising, [approved, booking('confirmed'), approved], late)).toMatchObject(confirmed);
  });

  it('captured × taken by another → refunded, then failed', () => {
    const end = after(authorising, [capturedAtOnce, booking('gone'), approved, booking('done'), booking('done')]);
    expect(end).toMatchObject({
      ...failed('seats-gone', true),
      steps: ['CONFIRMING_SEATS', 'REFUNDING', 'RELEASING_SEATS', 'RETURNING_SEATS', 'SETTLED'],
    });
  });

  it('only authorised × taken by another → void, then failed, nothing to refund', () => {
    const end = after(authorising, [approved, booking('gone'), approved, booking('done'), booking('done')]);
    expect(end).toMatchObject({ ...failed('seats-gone'), steps: ['CONFIRMING_SEATS', 'VOIDING', 'RELEASING_SEATS', 'RETURNING_SEATS', 'SETTLED'] });
  });

  it('captured twice × confirmed → the second is refunded and leaves the seats alone', () => {
    expect(after(authorising, [capturedAtOnce, booking('other'), approved])).toMatchObject({
      ...failed('paid-already', true),
      steps: ['CONFIRMING_SEATS', 'REFUNDING', 'SETTLED'],
    });
    expect(after(authorising, [approved, booking('other'), approved])).toMatchObject({
      ...failed('paid-already'),
      steps: ['CONFIRMING_SEATS', 'VOIDING', 'SETTLED'],
    });
  });

  it('declined or voided × held → released now, failed', () => {
    for (const reason of ['card-declined', 'insufficient-funds', 'voided'] as const) {
      const end = after(authorising, [provider({ kind: 'declined', reason }), booking('done')]);
      expect(end).toMatchObject({ ...failed(reason), steps: ['RELEASING_SEATS', 'SETTLED'] });
    }
  });

  it('timeout, unknown × any → stays where it is', () => {
    for (const step of ['AUTHORISING', 'CAPTURING', 'VOIDING', 'REFUNDING'] as const)
      expect(decide(pending(step), provider(silence), inTime)).toBe('wait');
    for (const step of ['CONFIRMING_SEATS', 'RETURNING_SEATS', 'RELEASING_SEATS'] as const)
      expect(decide(pending(step), booking('unknown'), inTime)).toBe('wait');
    const longAfter = { ...inTime, now: at(24 * 60 * minute) };
    expect(decide(authorising, provider(silence), longAfter)).toBe('wait');
  });

  it('capture fails for good → money let go first, seats returned after, failed', () => {
    const end = after(pending('CAPTURING'), [provider({ kind: 'declined', reason: 'card-declined' }), approved, booking('done')]);
    expect(end).toMatchObject({ ...failed('capture-failed'), steps: ['VOIDING', 'RETURNING_SEATS', 'SETTLED'] });
  });
});

describe('an authorisation', () => {
  it('that is pending waits until the seats are not kept any more, then is closed', () => {
    expect(decide(pending('AUTHORISING'), provider({ kind: 'pending' }), inTime)).toBe('wait');
    const over = { ...inTime, now: inTime.payUntil };
    expect(after(pending('AUTHORISING'), [provider({ kind: 'pending' }), approved, booking('done')], over)).toMatchObject(failed('not-answered'));
  });

  it('the provider has never seen is believed lost only after a request cannot travel any more', () => {
    expect(decide(pending('AUTHORISING'), provider({ kind: 'absent' }), { ...inTime, now: at(9_999) })).toBe('wait');
    const end = after(pending('AUTHORISING'), [provider({ kind: 'absent' }), approved, booking('done')], { ...inTime, now: at(10_000) });
    expect(end).toMatchObject({ ...failed('not-answered'), steps: ['VOIDING', 'RELEASING_SEATS', 'SETTLED'] });
  });
});

describe('a void that finds the money captured', () => {
  const captured = provider({ kind: 'declined', reason: 'captured-already' });
  it('confirms what was sold to the payment', () =>
    expect(after(pending('VOIDING', { failure: 'capture-failed' }), [captured])).toMatchObject(confirmed));
  it('asks for the seats when nobody has asked yet', () =>
    expect(after(pending('VOIDING', { failure: 'not-answered' }), [captured, booking('confirmed')])).toMatchObject({
      ...confirmed,
      steps: ['CONFIRMING_SEATS', 'SETTLED'],
    }));
  it('refunds when the seats are gone', () =>
    expect(after(pending('VOIDING', { failure: 'seats-gone' }), [captured, approved, booking('done'), booking('done')])).toMatchObject(
      failed('seats-gone', true),
    ));
  it('that is declined for anything else waits', () =>
    expect(decide(pending('VOIDING', { failure: 'seats-gone' }), provider({ kind: 'declined', reason: 'card-declined' }), inTime)).toBe('wait'));
});

it('a refund is asked again until it is approved', () => {
  const refunding = pending('REFUNDING', { captured: true, failure: 'seats-gone' });
  for (const said of [{ kind: 'declined', reason: 'card-declined' }, { kind: 'pending' }, { kind: 'absent' }, silence] as const)
    expect(decide(refunding, provider(said), inTime)).toBe('wait');
});

it('an answer nobody could give is a bug', () => {
  expect(() => decide(pending('CREATED'), approved, inTime)).toThrow('does not listen');
  expect(() => decide(pending('CAPTURING'), booking('confirmed'), inTime)).toThrow('does not listen to booking');
  expect(() => decide(pending('RELEASING_SEATS'), booking('gone'), inTime)).toThrow('booking cannot answer gone');
  expect(() => decide(pending('CONFIRMING_SEATS'), booking('done'), inTime)).toThrow('booking cannot answer done');
});

describe('a payment by hand', () => {
  const selling = pending('CONFIRMING_SEATS', { method: 'bank-transfer' });
  const awaiting = pending('AWAITING_MONEY', { method: 'bank-transfer' });

  it('waits for its money when the seats are its own', () =>
    expect(after(selling, [booking('unknown'), booking('confirmed')])).toMatchObject({
      status: 'PENDING',
      step: 'AWAITING_MONEY',
      captured: false,
      said: 'awaited',
    }));
  it('is confirmed by the money', () =>
    expect(afterAwaiting(awaiting, 'money')).toMatchObject({ next: { status: 'CONFIRMED', captured: true }, say: 'confirmed' }));
  it('gives its seats back without it, then is failed', () => {
    const decision = afterAwaiting(awaiting, 'nothing');
    expect(decision).toMatchObject({ next: { step: 'RETURNING_SEATS', failure: 'not-paid' }, say: null });
    expect(after(decision.next, [booking('unknown'), booking('done')])).toMatchObject(failed('not-paid'));
    expect(refusalOf('p', after(decision.next, [booking('done')]))?.refusal).toEqual({ code: 'PAYMENT_NOT_PENDING', details: { status: 'FAILED' } });
  });
  it('without seats has nothing to give back: no provider is asked', () => {
    expect(after(selling, [booking('gone'), booking('done'), booking('done')])).toMatchObject({
      ...failed('seats-gone'),
      steps: ['RELEASING_SEATS', 'RETURNING_SEATS', 'SETTLED'],
    });
    expect(after(selling, [booking('other')])).toMatchObject({ ...failed('paid-already'), steps: ['SETTLED'] });
  });
  it('that does not wait for money cannot get any', () => {
    for (const step of ['CREATED', 'CONFIRMING_SEATS', 'RETURNING_SEATS', 'SETTLED'] as const)
      expect(() => afterAwaiting(pending(step), 'money')).toThrow('does not wait for money');
    expect(() => decide(awaiting, booking('confirmed'), inTime)).toThrow('does not listen');
    expect(() => decide(selling, booking('done'), inTime)).toThrow('booking cannot answer done');
  });
});

describe('whatever is answered', () => {
  const answers: Heard[] = [
    ...(['approved', 'pending', 'absent', 'unknown'] as const).map((kind) => provider({ kind })),
    ...(['card-declined', 'captured-already'] as const).map((reason) => provider({ kind: 'declined', reason })),
    provider({ kind: 'approved', captured: true }),
    ...(['confirmed', 'other', 'gone', 'done', 'unknown'] as const).map(booking),
  ];
  /** Every state that can be reached from a beginning, by every answer that somebody can give. */
  function reachable(start: Progress): Progress[] {
    const seen = new Map([[JSON.stringify(start), start]]);
    for (const from of seen.values()) {
      const open = isOpen(from.step) ? answers.filter((heard) => heard.from === asked[from.step as keyof typeof asked]) : [];
      for (const moment of [inTime, { ...inTime, now: at(60 * minute) }])
        for (const decision of [...open.map((heard) => tried(() => decide(from, heard, moment))), ...ended(from)])
          if (decision && decision !== 'wait') seen.set(JSON.stringify(decision.next), decision.next);
    }
    return [...seen.values()];
  }
  const ended = (from: Progress) => (from.step === 'AWAITING_MONEY' ? [afterAwaiting(from, 'money'), afterAwaiting(from, 'nothing')] : []);
  /** An answer that nobody gives at this step is a bug, not a way. */
  function tried(work: () => Decision): Decision | undefined {
    try {
      return work();
    } catch {
      return undefined;
    }
  }

  it('a payment by hand never asks a provider, never has money but by staff, and ends paid or without its seats', () => {
    for (const method of ['bank-transfer', 'at-door'] as const) {
      const states = reachable(pending('CONFIRMING_SEATS', { method }));
      for (const state of states) {
        if (isOpen(state.step)) expect(asked[state.step]).toBe('booking');
        expect(state.captured).toBe(state.status === 'CONFIRMED');
        expect(state.method).toBe(method);
      }
      const ends = states.filter(({ step }) => step === 'SETTLED').map(({ status, failure }) => `${status} ${failure}`);
      expect(new Set(ends)).toEqual(new Set(['CONFIRMED null', 'FAILED not-paid', 'FAILED seats-gone', 'FAILED paid-already']));
    }
  });

  it('a payment online never waits for staff, and one that is settled is CONFIRMED with money or FAILED for a reason', () => {
    for (const state of reachable(pending('AUTHORISING'))) {
      expect(state.step).not.toBe('AWAITING_MONEY');
      expect((state.status === 'PENDING') === (state.step !== 'SETTLED')).toBe(true);
      if (state.status === 'CONFIRMED') expect([state.captured, state.failure]).toEqual([true, null]);
      if (state.status === 'FAILED') expect(state.failure).not.toBeNull();
    }
  });
});

it('says whom a payment waits for', () => {
  const steps: Step[] = [
    'CREATED',
    'AUTHORISING',
    'CONFIRMING_SEATS',
    'AWAITING_MONEY',
    'CAPTURING',
    'VOIDING',
    'REFUNDING',
    'RETURNING_SEATS',
    'RELEASING_SEATS',
    'SETTLED',
  ];
  expect(steps.map(waitingFor)).toEqual(['customer', 'provider', 'booking', 'staff', 'provider', 'provider', 'provider', 'booking', 'booking', null]);
});

it('answers the known outcome again as the same refusal', () => {
  const code = (change: Partial<Progress>) => refusalOf('p', pending('SETTLED', change))?.refusal;
  expect(code({ status: 'FAILED', failure: 'insufficient-funds' })).toEqual({ code: 'PAYMENT_DECLINED', details: { reason: 'insufficient-funds' } });
  expect(code({ status: 'FAILED', failure: 'capture-failed' })).toEqual({ code: 'PAYMENT_DECLINED', details: { reason: 'capture-failed' } });
  for (const failure of ['seats-gone', 'paid-already'] as const)
    expect(code({ status: 'FAILED', failure })).toEqual({ code: 'SEATS_GONE', details: { paymentId: 'p' } });
  for (const status of ['CANCELLED', 'REFUNDED'] as const) expect(code({ status })).toEqual({ code: 'PAYMENT_NOT_PENDING', details: { status } });
  for (const status of ['PENDING', 'CONFIRMED'] as const) expect(code({ status })).toBeUndefined();
});

it('waits longer after each attempt, at most a minute, never in step with others', () => {
  expect([0, 1, 2, 6, 50].map((attempts) => backOffMs(attempts, 0.5))).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
  expect([backOffMs(0, 0), backOffMs(0, 1)]).toEqual([750, 1_250]);
});
