import { expect, test } from 'vitest';
import { UnderWay } from './under-way.ts';

function held<T>(underWay: UnderWay<T>): Set<T> {
  const items = new Set<T>();
  underWay.forEach((item) => void items.add(item));
  return items;
}

test('whatever leaves, first, last or from between, the others stay', () => {
  const underWay = new UnderWay<string>();
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((item) => underWay.add(item));
  b?.();
  expect(held(underWay)).toEqual(new Set(['a', 'c', 'd']));
  d?.();
  a?.();
  expect(held(underWay)).toEqual(new Set(['c']));
  underWay.add('e');
  c?.();
  expect(held(underWay)).toEqual(new Set(['e']));
  expect(underWay.size).toBe(1);
});

test('to leave twice takes nobody else out', () => {
  const underWay = new UnderWay<string>();
  const leave = underWay.add('a');
  leave();
  underWay.add('b');
  leave();
  expect(held(underWay)).toEqual(new Set(['b']));
});

test('all are told, also when each leaves as soon as it is', () => {
  const underWay = new UnderWay<string>();
  const leaves = new Map(['a', 'b', 'c'].map((item) => [item, underWay.add(item)]));
  const told: string[] = [];
  underWay.forEach((item) => {
    told.push(item);
    leaves.get(item)?.();
  });
  expect(told).toEqual(['a', 'b', 'c']);
  expect(underWay.size).toBe(0);
});
