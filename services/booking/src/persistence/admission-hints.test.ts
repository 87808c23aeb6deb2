import { expect, it } from 'vitest';
import { admissionHints } from './admission-hints.ts';

const places = (...numbers: number[]) => numbers.map((number) => ({ seatLabel: String(number) }));

it('begin after the last place that was taken, and go back when lower ones turned out to be free', () => {
  const hints = admissionHints();
  expect(hints.of('yard')).toBe(0);
  hints.took('yard', places(9, 10, 8));
  expect(hints.of('yard')).toBe(10);
  hints.took('yard', places(2));
  expect(hints.of('yard')).toBe(2);
});

it('pass every place of an area where nothing is left', () => {
  const hints = admissionHints();
  hints.nothingLeft('yard');
  expect(hints.of('yard')).toBeGreaterThanOrEqual(100_000);
});

it('forget the area that sold longest ago', () => {
  const hints = admissionHints(2);
  hints.took('a', places(1));
  hints.took('b', places(1));
  hints.took('a', places(2));
  hints.took('c', places(1));
  expect([hints.of('a'), hints.of('b'), hints.of('c')]).toEqual([2, 0, 1]);
});
