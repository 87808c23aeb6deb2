import { expect, test } from 'vitest';
import { chanceOf } from './chance.ts';

const draws = (seed: number) => {
  const chance = chanceOf(seed);
  return Array.from({ length: 5 }, () => chance.between(0, 1_000_000));
};

test('the same seed draws the same, another seed something else', () => {
  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
});

test('a fork does not depend on what was drawn before it', () => {
  const fresh = chanceOf(7).fork('faults').between(0, 1_000_000);
  const used = chanceOf(7);
  used.next();
  expect(used.fork('faults').between(0, 1_000_000)).toBe(fresh);
  expect(used.fork('other').between(0, 1_000_000)).not.toBe(fresh);
});

test('numbers stay within their bounds and reach them', () => {
  const chance = chanceOf(1);
  const seen = new Set(Array.from({ length: 1_000 }, () => chance.between(1, 6)));
  expect([...seen].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(() => chance.oneOf([])).toThrow('nothing to choose from');
});
