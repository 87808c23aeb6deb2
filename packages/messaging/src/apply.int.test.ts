import { connect as connectTo, createServer } from 'node:net';
import { query, type Tx } from '@boxoffice/postgres';
import { createMetrics } from '@boxoffice/service-kit';
import { freePort } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { byHand, database, edges, effectsOf, logger, messageOf, stepsOf, upTo } from '../test/stage.ts';
import { consumers, on, onAll } from './index.ts';

type Fact = { name: string; n: number };

/** A group to which messages are handed, some at a time; its effect writes a row, after whatever `before` does. */
async function handed(topic: string, before: (tx: Tx, fact: Fact) => Promise<void> = async () => {}) {
  const db = await database();
  const type = stepsOf(topic);
  const { transport, hand, published } = byHand();
  const metrics = createMetrics('booking');
  const handler = on(type, async (tx, fact) => {
    await before(tx, fact);
    await query(tx, 'INSERT INTO effects (topic, name, n) VALUES ($1, $2, $3)', [topic, fact.name, fact.n]);
  });
  const { worker, jobs } = consumers({ db, transport, group: 'group', handlers: [handler], logger, metrics });
  await worker.start();
  const parked = () =>
    db.query<{ key: string; error: string; attempts: number }>('SELECT key, error, attempts FROM parked_messages ORDER BY position');
  const steps = (...names: string[]) => names.flatMap((name) => upTo(4).map((n) => messageOf(type, { name, n })));
  return { db, type, hand, steps, parked, published, metrics, jobs };
}
const outcomes = async (metrics: { text(): Promise<string> }) =>
  Object.fromEntries(
    [...(await metrics.text()).matchAll(/^boxoffice_messages_total\{.*outcome="(\w+)"\} (\d+)/gm)].map(([, outcome, n]) => [outcome, Number(n)]),
  );

test('messages that come together have their effects in one transaction, in order, each once; their age is told', async () => {
  const transactions = new Set<unknown>();
  const { db, type, hand, steps, metrics } = await handed('together', async (tx) => {
    const [row] = await query<{ id: string }>(tx, 'SELECT pg_current_xact_id()::text AS id');
    transactions.add(row?.id);
  });
  const messages = steps('a', 'b');
  await hand([...messages, ...messages]);
  await hand(messages);
  expect(await effectsOf(db, type)).toEqual({ a: upTo(4), b: upTo(4) });
  expect(transactions.size).toBe(1);
  expect(await outcomes(metrics)).toEqual({ handled: 8, duplicate: 16 });
  expect(await metrics.text()).toMatch(/boxoffice_message_age_seconds_count\{group="group",topic="together"\} 8/);
});

test('one that fails among many has its own fate: its key queues up behind it, the others have their effects once, in order', async () => {
  const { db, type, hand, steps, parked, metrics } = await handed('one-fails', async (_tx, { name, n }) => {
    if (name === 'b' && n === 2) throw new Error('not today');
  });
  await hand(steps('a', 'b', 'c', 'd'));
  expect(await effectsOf(db, type)).toEqual({ a: upTo(4), b: [1], c: upTo(4), d: upTo(4) });
  expect(await parked()).toMatchObject([
    { key: 'b', attempts: 3, error: 'Error: not today' },
    { key: 'b', attempts: 0 },
    { key: 'b', attempts: 0 },
  ]);
  expect(await outcomes(metrics)).toEqual({ handled: 13, parked: 3 });
});

test('a handler’s own refused or broken connection is its own fault: the message is parked, and nobody waits', async () => {
  const port = await freePort();
  const breaking = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
  const ask = (to: number) =>
    new Promise<void>((resolve, reject) => {
      connectTo(to, '127.0.0.1')
        .on('error', reject)
        .on('close', () => reject(Object.assign(new Error('read'), { code: 'ECONNRESET' })));
      void resolve;
    });
  const brokenAt = breaking.address();
  const { db, type, hand, steps, parked } = await handed('own-connection', async (_tx, { name }) => {
    if (name === 'a') await ask(port);
    if (name === 'b') await ask(typeof brokenAt === 'object' && brokenAt ? brokenAt.port : 0);
  });
  await hand(steps('a', 'b', 'c'));
  breaking.close();
  expect(await effectsOf(db, type)).toEqual({ c: upTo(4) });
  const first = (await parked()).filter(({ attempts }) => attempts > 0);
  expect(first).toMatchObject([
    { key: 'a', error: expect.stringContaining('ECONNREFUSED') },
    { key: 'b', error: 'Error: read' },
  ]);
});

test('a deadlock without end is the handler’s: it does not hold up its partition', async () => {
  const { db, type, hand, steps, parked } = await handed('deadlock', async (tx, { name }) => {
    if (name === 'a') await query(tx, "DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$");
  });
  await hand(steps('a', 'b'));
  expect(await effectsOf(db, type)).toEqual({ b: upTo(4) });
  expect(await parked()).toHaveLength(4);
});

test('a handler that loses its connection every time, while the database answers others, is parked in the end', async () => {
  const { db, type, hand, steps, parked } = await handed('suicidal', async (tx, { name }) => {
    if (name === 'a') await query(tx, 'SELECT pg_terminate_backend(pg_backend_pid())');
  });
  await hand(steps('a', 'b'));
  expect(await effectsOf(db, type)).toEqual({ b: upTo(4) });
  expect(await parked()).toMatchObject([{ key: 'a', attempts: 3 }, ...Array(3).fill({ key: 'a', attempts: 0 })]);
});

test('a group may know several versions of a message; one it does not know is dead at once', async () => {
  const db = await database();
  const [first, second] = [stepsOf('versions'), { ...stepsOf('versions'), version: 2 }];
  const heard: string[] = [];
  const { transport, hand, published } = byHand();
  const handlers = [on(first, async (_tx, { n }) => void heard.push(`first ${n}`)), on(second, async (_tx, { n }) => void heard.push(`second ${n}`))];
  const { worker } = consumers({ db, transport, group: 'group', handlers, ...edges() });
  await worker.start();
  const unknown = messageOf(first, { name: 'a', n: 3 }, { version: 3 });
  await hand([messageOf(first, { name: 'a', n: 1 }), unknown, messageOf(second, { name: 'a', n: 2 })]);
  expect(heard).toEqual(['first 1', 'second 2']);
  expect(published).toMatchObject([
    { topic: 'versions.group.dlt', value: unknown.value, headers: { 'x-attempts': '0', 'x-origin-topic': 'versions' } },
  ]);
});

/** A group whose handler takes all messages of a batch with one statement; keeps how many there were each time. */
async function taken(topic: string, refuses: (fact: Fact) => boolean = () => false) {
  const db = await database();
  const type = stepsOf(topic);
  const { transport, hand } = byHand();
  const metrics = createMetrics('booking');
  const sizes: number[] = [];
  const handler = onAll(type, async (tx, heard) => {
    sizes.push(heard.length);
    const facts = heard.map(({ fact }) => fact);
    await query(
      tx,
      'INSERT INTO effects (topic, name, n) SELECT $1, name, n FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS f (name, n, at) ORDER BY at',
      [topic, facts.map(({ name }) => name), facts.map(({ n }) => n)],
    );
    if (facts.some(refuses)) throw new Error('not today');
  });
  const { worker, jobs } = consumers({ db, transport, group: 'group', handlers: [handler], logger, metrics });
  await worker.start();
  const steps = (...names: string[]) => names.flatMap((name) => upTo(4).map((n) => messageOf(type, { name, n })));
  return { db, type, hand, steps, sizes, metrics, jobs };
}

test('a handler that takes all: one that fails has its own fate, the others have their effects once, in order', async () => {
  const { db, type, hand, steps, metrics } = await taken('all-one-fails', ({ name, n }) => name === 'b' && n === 2);
  const messages = steps('a', 'b', 'c', 'd');
  await hand(messages);
  await hand(messages);
  expect(await effectsOf(db, type)).toEqual({ a: upTo(4), b: [1], c: upTo(4), d: upTo(4) });
  const parked = await db.query<{ key: string; attempts: number }>('SELECT key, attempts FROM parked_messages ORDER BY position');
  expect(parked.slice(0, 3)).toMatchObject([
    { key: 'b', attempts: 3 },
    { key: 'b', attempts: 0 },
    { key: 'b', attempts: 0 },
  ]);
  expect((await outcomes(metrics)).handled).toBe(13);
});

test('a handler that takes all is given each message once, also those that come twice in a batch', async () => {
  const { db, type, hand, steps, sizes } = await taken('all-twice');
  const messages = steps('a', 'b');
  await hand([...messages.slice(0, 4), ...messages.slice(0, 4)]);
  await hand([...messages, ...messages]);
  expect(await effectsOf(db, type)).toEqual({ a: upTo(4), b: upTo(4) });
  expect(sizes).toEqual([4, 4]);
});

test('a parked message of a handler that takes all is tried again alone', async () => {
  let refusing = true;
  const { db, type, hand, steps, jobs } = await taken('all-again', ({ n }) => refusing && n === 1);
  await hand(steps('a'));
  expect(await effectsOf(db, type)).toEqual({});
  refusing = false;
  await db.query('UPDATE parked_messages SET next_at = clock_timestamp()');
  await jobs[0]?.run();
  expect(await effectsOf(db, type)).toEqual({ a: upTo(4) });
});

test('small batches of a topic that come while one is under way go together in the next transaction', async () => {
  const db = await database();
  const type = stepsOf('together-next');
  const { transport, hand } = byHand();
  const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const taken: string[][] = [];
  const handler = onAll(type, async (_tx, heard) => {
    taken.push(heard.map(({ fact }) => fact.name));
    begun.resolve();
    await mayEnd.promise;
  });
  const { worker } = consumers({ db, transport, group: 'group', handlers: [handler], ...edges() });
  await worker.start();
  const first = hand([messageOf(type, { name: 'a', n: 1 })]);
  await begun.promise;
  const others = ['b', 'c', 'd'].map((name) => hand([messageOf(type, { name, n: 1 })]));
  mayEnd.resolve();
  await Promise.all([first, ...others]);
  expect(taken).toEqual([['a'], ['b', 'c', 'd']]);
});
