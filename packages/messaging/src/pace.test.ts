import { expect, test } from 'vitest';
import { batchMost, Pace } from './apply.ts';

test('a topic’s batches double while all is well, up to 64; one after a failure, half after a long transaction, never none', () => {
  const pace = new Pace();
  const sizes = (...took: number[]) =>
    took.map((ms) => {
      pace.took('a', ms);
      return pace.of('a');
    });
  expect(pace.of('a')).toBe(8);
  expect(sizes(1, 1, 1, 1)).toEqual([16, 32, 64, batchMost]);
  expect(sizes(500, 500)).toEqual([32, 16]);
  pace.failed('a');
  expect(pace.of('a')).toBe(1);
  expect(sizes(500, 1, 1)).toEqual([1, 2, 4]);
  expect(pace.of('b')).toBe(8); // another topic's own
});
