import { type Database, query } from '@boxoffice/postgres';
import { expect, test } from 'vitest';
import { byHand, database, edges, effectsOf, messageOf, stepsOf, upTo } from '../test/stage.ts';
import { consumers, on, replay } from './index.ts';

/** A group of which every message of the keys `a` and `b` is dead: three each, in turn, and one that nobody can read. */
async function graveyard() {
  const db = await database();
  const type = stepsOf('graves');
  const state = { broken: true };
  const { transport, hand } = byHand();
  const handler = on(type, async (tx, { name, n }) => {
    if (state.broken) throw new Error('not today');
    await query(tx, 'INSERT INTO effects (topic, name, n) VALUES ($1, $2, $3)', [type.topic, name, n]);
  });
  const { worker, jobs } = consumers({ db, transport, group: 'group', handlers: [handler], ...edges() });
  await worker.start();
  const messages = upTo(3).flatMap((n) => ['a', 'b'].map((name) => messageOf(type, { name, n })));
  await hand([...messages, { topic: type.topic, key: 'a', value: 'not JSON' }]);
  await db.query('UPDATE parked_messages SET dead_at = clock_timestamp()');
  const retry = jobs.find(({ name }) => name.startsWith('retry parked'));
  return { db, type, state, hand, messages, retry: async () => retry?.run() };
}
async function said(db: Database, ...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  await replay({ db, group: 'group', args, print: (line) => lines.push(line) });
  return lines;
}
const dead = async (db: Database) =>
  (await db.query<{ id: number }>('SELECT position AS id FROM parked_messages WHERE dead_at IS NOT NULL ORDER BY position')).map(({ id }) => id);

test('words it does not know, ids and topics of which nothing is dead are refused, and nothing changes', async () => {
  const { db } = await graveyard();
  const before = await dead(db);
  const [some] = before;
  for (const [args, why] of [
    [['--everything'], /--everything[\s\S]*usage/],
    [['all'], /all[\s\S]*usage/],
    [['--message', 'x'], /'x' is no id/],
    [['--message', String(some), '--message', '999'], /has the id 999/],
    [['--topic', 'nothing'], /no message of nothing is dead/],
    [['--topic', 'elsewhere', '--message', String(some)], /no dead letter of elsewhere/],
  ] as const)
    await expect(said(db, ...args), args.join(' ')).rejects.toMatchObject({ name: 'ConfigFault', message: expect.stringMatching(why) });
  expect(await dead(db)).toEqual(before);
  const other = replay({ db, group: 'other', args: ['--message', String(some)], print: () => {} });
  await expect(other).rejects.toThrow('no dead letter of other');
});

test('a list tells everything but the payload, and a dry run changes nothing', async () => {
  const { db } = await graveyard();
  const ids = await dead(db);
  const list = await said(db, '--list');
  expect(list).toHaveLength(ids.length + 1);
  expect(list.at(-1)).toBe('7 dead');
  expect(list.join('\n')).toMatch(/\d+ {2}graves {2}a {2}3 attempts {2}dead for 0 s {2}Error: not today/);
  expect(list.join('\n')).not.toContain('payload');
  expect((await said(db, '--dry-run', '--topic', 'graves')).at(-1)).toBe('7 would be replayed');
  expect(await dead(db)).toEqual(ids);
});

test('what is replayed has its effect once, in order per key; what still cannot be read is dead again', async () => {
  const { db, type, state, retry, hand, messages } = await graveyard();
  state.broken = false;
  await hand(messages.slice(0, 1)); // it came again meanwhile, and had its effect
  expect((await said(db)).at(-1)).toMatch(/^7 parked again/);
  await said(db); // twice
  await Promise.all([retry(), retry()]);
  await retry();
  expect(await effectsOf(db, type)).toEqual({ a: upTo(3), b: upTo(3) });
  expect(await dead(db)).toHaveLength(1);
  expect((await db.query('SELECT 1 FROM parked_messages')).length).toBe(1);
});

test('one alone, by its id', async () => {
  const { db, type, state, retry } = await graveyard();
  state.broken = false;
  const [, second] = await dead(db);
  expect(await said(db, '--message', String(second))).toEqual([expect.stringContaining('graves'), expect.stringMatching(/^1 parked again/)]);
  await retry();
  expect(Object.values(await effectsOf(db, type)).flat()).toHaveLength(1);
  expect(await dead(db)).toHaveLength(6);
});
