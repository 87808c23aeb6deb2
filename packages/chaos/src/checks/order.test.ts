import { expect, test } from 'vitest';
import { type Heard, missing, neverSaid, overtaken, type Said } from './order.ts';

const saidOf = (ids: string, key = 'k', service = 'payment'): Said[] => [...ids].map((id) => ({ id, service, topic: 'payment-confirmed', key }));
const heardOf = (ids: string, key = 'k'): Heard[] =>
  [...ids].map((id, rank) => ({ id, rank, topic: 'payment-confirmed', key, occurredAt: '2026-11-27T12:00:00Z' }));
const names = (said: string, arrived: string) => overtaken(saidOf(said), heardOf(arrived)).map(({ message, by }) => `${by.id} before ${message.id}`);

test.each([
  { what: 'the same order', said: 'abcd', arrived: 'abcd', seen: [] },
  { what: 'a swapped pair', said: 'abcd', arrived: 'acbd', seen: ['c before b'] },
  { what: 'a first message that came last', said: 'abc', arrived: 'bca', seen: ['b before a', 'c before a'] },
  { what: 'a repeat, all of it in order', said: 'abc', arrived: 'ababc', seen: [] },
  { what: 'an old message again, after later ones', said: 'abc', arrived: 'abca', seen: [] },
  { what: 'a repeat that comes too late to mend the order', said: 'abc', arrived: 'bab', seen: ['b before a'] },
  { what: 'one that did not arrive', said: 'abc', arrived: 'ac', seen: [] },
  { what: 'one whose row is gone', said: 'ac', arrived: 'abc', seen: [] },
  { what: 'others swapped around one whose row is gone', said: 'ac', arrived: 'cba', seen: ['c before a'] },
])('order per key: $what → $seen', ({ said, arrived, seen }) => {
  expect(names(said, arrived)).toEqual(seen);
});

test('between keys, and between services that say the same topic, there is no order', () => {
  expect(overtaken([...saidOf('a', 'k'), ...saidOf('b', 'l')], [...heardOf('ba')])).toEqual([]);
  expect(overtaken([...saidOf('a', 'k', 'payment'), ...saidOf('b', 'k', 'booking')], heardOf('ba'))).toEqual([]);
});

test('what came together has no order among itself', () => {
  expect(
    overtaken(
      saidOf('ab'),
      ['b', 'a'].map((id) => ({ id, rank: 7 })),
    ),
  ).toEqual([]);
});

test('a message without a row is strange, once; not when its row may have been purged', () => {
  const ids = (keptSince: string) => neverSaid(saidOf('ac'), heardOf('abbc'), Date.parse(keptSince)).map(({ id }) => id);
  expect(ids('2026-11-27T00:00:00Z')).toEqual(['b']);
  expect(ids('2026-11-28T00:00:00Z')).toEqual([]);
});

test('a message under another key than its row has is strange', () => {
  expect(neverSaid(saidOf('a', 'k'), heardOf('a', 'other'), 0)).toHaveLength(1);
});

test('a message without a time is strange', () => {
  expect(neverSaid([], [{ id: 'a', rank: 0, topic: 't', key: 'k', occurredAt: '' }], Date.now())).toHaveLength(1);
});

test('a message that was sent and is in no topic is missed', () => {
  expect(missing(saidOf('abc'), heardOf('ca')).map(({ id }) => id)).toEqual(['b']);
});
