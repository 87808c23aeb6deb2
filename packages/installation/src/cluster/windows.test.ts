import { expect, test } from 'vitest';
import { type Entry, entriesIn, windowLine, windowOf } from './windows.ts';

const call = (at: number, ms: number, outcome: Entry['outcome'] = 'ok', code?: string): Entry => ({
  op: 'hold',
  at,
  ms,
  outcome,
  ...(code && { code }),
});
const entries = [call(0, 10), call(1_000, 10), call(2_000, 10, 'unknown', 'NO_ANSWER'), call(2_500, 700), call(4_000, 10), call(9_000, 5)];

test('reads the calls out of a log, and leaves its other lines', () => {
  const log = ['{"onSale":"e"}', JSON.stringify({ ...call(5, 6), userId: 'u' }), 'a warning', JSON.stringify(call(7, 8)), '{"result":{}}'].join('\n');
  expect(entriesIn(log).map(({ at }) => at)).toEqual([5, 7]);
});

test('counts what was over in a window, and the longest time without a good answer, from the last one before it', () => {
  expect(windowOf(entries, 2, 5)).toEqual({ calls: 3, failed: 1, longestPauseMs: 2_190, codes: { 'hold NO_ANSWER': 1 } });
});

test('a pause that lasts until the end counts', () => {
  expect(windowOf([call(0, 10), call(5_000, 10, 'unknown', 'X')], 1, 2).longestPauseMs).toBe(5_000);
});

test('nothing happened: no calls, no share of them', () => {
  expect(windowLine(windowOf(entries, 3, 3))).toBe('0 calls, 0 not 2xx (0.00 %), longest pause 0 ms');
});

test('says how many of which failed', () => {
  expect(windowLine(windowOf(entries, 0, 4))).toBe('4 calls, 1 not 2xx (25.00 %), longest pause 2190 ms: hold NO_ANSWER 1');
});
