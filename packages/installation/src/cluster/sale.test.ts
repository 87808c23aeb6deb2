import { describe, expect, test } from 'vitest';
import { expectAllAnswered, expectAllFound, saleLine, saleResult } from './sale.ts';
import { expectSame } from './secrets.ts';

const all = { acknowledged: 4, found: 4 };
const result = {
  ...{ eventId: 'e', seconds: 9, orders: 5 },
  answers: {
    requests: 200,
    not2xx: 1,
    byStatus: { 200: 199, 503: 1 },
    samples: ['1.0 s: /x 503'],
    longestPauseMs: 900,
    p50Ms: 9,
    p99Ms: 99,
    maxMs: 100,
  },
  found: { holds: all, payments: all, confirmed: all, tickets: { acknowledged: 4, found: 3 }, missing: ['ticket of payment p'] },
};
const read = () => saleResult(`{"op":"hold"}\n${JSON.stringify({ result })}\n`);

test('reads the last line of a load', () =>
  expect(saleLine(read())).toBe('200 calls, 1 not 2xx (0.50 %), longest pause 900 ms, p99 99 ms; found 4/4 holds, 4/4 confirmed, 3/4 tickets'));

test('a load that was killed gave no result, and says its last words', () =>
  expect(() => saleResult('{"op":"hold"}\nfetch failed\n')).toThrow(/no result.*fetch failed/));

test('what is missing is named', () => expect(() => expectAllFound(read())).toThrow(/ticket of payment p/));
test('a sale that sold nothing proves nothing', () =>
  expect(() => expectAllFound({ ...read(), orders: 0, found: { ...read().found, missing: [] } })).toThrow(/nothing was sold/));
test('answers that were not 2xx are shown', () => expect(() => expectAllAnswered(read())).toThrow(/1 answers were not 2xx:\n1\.0 s: \/x 503/));

describe('Secrets', () => {
  test('are the same, and new ones may come', () => expect(expectSame({ a: '1', b: '2' }, { a: '1', b: '2', c: '3' })).toBe(2));
  test('that changed or went are named', () =>
    expect(() => expectSame({ a: '1', b: '2', c: '3' }, { a: '1', b: '9' })).toThrow(/what they were: b, c/));
  test('of which there are none prove nothing', () => expect(() => expectSame({}, { a: '1' })).toThrow(/no Secret/));
});
