import { eventually } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { count, database, edges, stepsOf, upTo } from '../test/stage.ts';
import { inProcessHub } from './in-process.ts';
import { relay } from './relay.ts';

test('three relays share the work: while nothing goes wrong, no message leaves twice', async () => {
  const db = await database();
  const type = stepsOf('shared');
  const hub = inProcessHub(['listener']);
  const delivered: string[] = [];
  await hub.transport().subscribe({
    group: 'listener',
    topics: ['shared'],
    onMessages: async (messages) => void delivered.push(...messages.map(({ value }) => JSON.parse(value).id)),
  });
  const relays = upTo(3).map(() => relay({ db, transport: hub.transport(), ...edges() }));
  await Promise.all(relays.map((one) => one.start()));
  try {
    await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => Promise.all(upTo(15).map(() => count(db, type, name)))));
    await eventually(async () => expect(await db.query('SELECT 1 FROM outbox WHERE sent_at IS NULL')).toEqual([]));
  } finally {
    await Promise.all(relays.map((one) => one.stop()));
  }
  expect(new Set(delivered).size).toBe(60);
  expect(delivered).toHaveLength(60);
});
