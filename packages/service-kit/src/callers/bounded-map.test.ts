import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

test('never keeps more than its limit, and always the half that was used last', () => {
  const map = new BoundedMap<number>(10);
  for (let key = 0; key < 1_000; key++) {
    map.set(String(key), key);
    expect(map.size).toBeLessThanOrEqual(10);
    for (let back = 0; back < Math.min(5, key + 1); back++) expect(map.get(String(key - back))).toBe(key - back);
  }
  expect(map.get('1')).toBeUndefined();
});

test('what is asked for again and again stays, however much comes by', () => {
  const map = new BoundedMap<string>(10);
  map.set('faithful', 'here');
  for (let key = 0; key < 1_000; key++) {
    map.set(String(key), 'passer-by');
    expect(map.get('faithful')).toBe('here');
  }
});

test('a new value replaces the old one, and what was deleted is gone, in both generations', () => {
  const map = new BoundedMap<number>(4);
  map.set('a', 1);
  map.set('b', 1); // the generation is full: both are old now
  map.set('a', 2);
  expect(map.get('a')).toBe(2);
  expect(map.size).toBe(2);
  map.delete('a');
  map.delete('b');
  expect([map.get('a'), map.get('b'), map.size]).toEqual([undefined, undefined, 0]);
});
