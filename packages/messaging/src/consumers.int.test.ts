import { connect, type Database, query, type Tx } from '@boxoffice/postgres';
import type { Job } from '@boxoffice/service-kit';
import { eventually, startPostgres } from '@boxoffice/testing';
import { expect, onTestFinished, test } from 'vitest';
import { database, edges, effectsOf, messageOf, migrations, type Steps, stepsOf, upTo } from '../test/stage.ts';
import { consumers, inProcessHub, type Outgoing, on, type Transport } from './index.ts';

/** The effect under test: writes a row, after whatever `before` does. */
type Before = (tx: Tx, fact: { name: string; n: number }) => Promise<void>;

/** A group that listens on a hub, and what it buried. */
async function listening(topic: string, before: Before = async () => {}, db?: Database, transportOf = (transport: Transport) => transport) {
  const own = db ?? (await database());
  const type = stepsOf(topic);
  const hub = inProcessHub(['group']);
  const handlers = [
    on(type, async (tx, fact) => {
      await before(tx, fact);
      await query(tx, 'INSERT INTO effects (topic, name, n) VALUES ($1, $2, $3)', [topic, fact.name, fact.n]);
    }),
  ];
  const { worker, jobs } = consumers({ db: own, transport: transportOf(hub.transport()), group: 'group', handlers, ...edges() });
  const dead: string[] = [];
  const outside = hub.transport();
  await outside.subscribe({
    group: 'undertaker',
    topics: [`${topic}.group.dlt`],
    onMessages: async (messages) => void dead.push(...messages.map(({ value }) => value)),
  });
  await worker.start();
  onTestFinished(() => worker.stop());
  return { db: own, type, worker, say: (...messages: Outgoing[]) => outside.publish(messages), retry: () => retryJob(jobs).run(), dead };
}
function retryJob(jobs: Job[]): Job {
  const job = jobs.find(({ name }) => name.startsWith('retry parked'));
  if (job === undefined) throw new Error('no job retries');
  return job;
}
const parked = (db: Database) =>
  db.query<{ key: string; error: string; attempts: number; dead: boolean }>(
    'SELECT key, error, attempts, dead_at IS NOT NULL AS dead FROM parked_messages ORDER BY position',
  );
const timePasses = (db: Database) => db.query('UPDATE parked_messages SET next_at = clock_timestamp() WHERE dead_at IS NULL');
const steps = (type: Steps, name: string, ...ns: number[]) => ns.map((n) => messageOf(type, { name, n }));

test('a message that comes twice, even at the same time, has its effect once', async () => {
  const { db, type, say } = await listening('twice');
  const [message] = steps(type, 'a', 1);
  if (message === undefined) throw new Error('no message');
  await Promise.all([say(message), say(message), say(message)]);
  await say(message);
  expect(await effectsOf(db, type)).toEqual({ a: [1] });
});

test('without the inbox row the same message has two effects: the guard is what holds', async () => {
  const { db, type, say } = await listening('unguarded');
  const [message] = steps(type, 'a', 1);
  if (message === undefined) throw new Error('no message');
  await say(message);
  await db.query('DELETE FROM inbox');
  await say(message);
  expect(await effectsOf(db, type)).toEqual({ a: [1, 1] });
});

test('what cannot be read is a dead letter at once, and nobody waits for it', async () => {
  const { db, type, say, dead } = await listening('poison');
  const wrong = [
    { topic: type.topic, key: 'a', value: 'not JSON' },
    { topic: type.topic, key: 'a', value: 'a \0 that no text column takes' },
    { topic: type.topic, key: 'a', value: '{"no":"envelope"}' },
    messageOf(type, { name: 'a', n: 1 }, { version: 2 }),
    messageOf(type, { name: 'a', n: 1.5 }),
    { ...messageOf(stepsOf('another'), { name: 'a', n: 1 }), topic: type.topic },
  ];
  await say(...wrong, ...steps(type, 'a', 1));
  expect(await effectsOf(db, type)).toEqual({ a: [1] });
  expect(dead).toEqual(wrong.map(({ value }) => value));
  const rows = await parked(db);
  expect(rows.map(({ dead }) => dead)).toEqual(wrong.map(() => true));
});

test('a dead letter that cannot be told at first is kept once', async () => {
  let refused = 0;
  const away = (transport: Transport): Transport => ({
    ...transport,
    async publish(messages) {
      refused += 1;
      if (refused <= 2) throw Object.assign(new Error('Kafka is away'), { code: 'ECONNREFUSED' });
      await transport.publish(messages);
    },
  });
  const { db, type, say, dead } = await listening('poison-away', undefined, undefined, away);
  await say({ topic: type.topic, key: 'a', value: 'not JSON' });
  expect(dead).toEqual(['not JSON']);
  expect(await parked(db)).toHaveLength(1);
});

test('a message that fails is parked, its key waits behind it, other keys go on, and everything happens in order later', async () => {
  let broken = true;
  const { db, type, say, retry } = await listening('parked', async (_tx, { name, n }) => {
    if (broken && name === 'a' && n === 2) throw new Error('not today');
  });
  await say(...steps(type, 'a', 1, 2, 3, 4), ...steps(type, 'b', 1, 2));
  expect(await effectsOf(db, type)).toEqual({ a: [1], b: [1, 2] });
  expect(await parked(db)).toMatchObject([
    { key: 'a', attempts: 3, dead: false, error: 'Error: not today' },
    { key: 'a', attempts: 0 },
    { key: 'a', attempts: 0 },
  ]);
  await timePasses(db);
  await retry();
  await say(...steps(type, 'a', 5)); // comes while the others still wait
  expect((await effectsOf(db, type)).a).toEqual([1]);
  broken = false;
  await timePasses(db);
  await retry();
  expect(await effectsOf(db, type)).toEqual({ a: [1, 2, 3, 4, 5], b: [1, 2] });
  expect(await parked(db)).toEqual([]);
  await say(...steps(type, 'a', 6));
  expect((await effectsOf(db, type)).a).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a parked message that comes again, and two processes that retry at once, still have one effect in order', async () => {
  let broken = true;
  const { db, type, say, retry } = await listening('parked-twice', async () => {
    if (broken) throw new Error('not today');
  });
  const both = steps(type, 'a', 1, 2);
  await say(...both);
  await say(...both);
  broken = false;
  await timePasses(db);
  await Promise.all([retry(), retry()]);
  await eventually(async () => expect(await parked(db)).toEqual([]));
  expect(await effectsOf(db, type)).toEqual({ a: [1, 2] });
});

test('a message that never works ends as a dead letter, and the ones behind it go on', async () => {
  const { db, type, say, retry, dead } = await listening('hopeless', async (_tx, { n }) => {
    if (n === 1) throw new Error('never');
  });
  const [first, ...rest] = steps(type, 'a', 1, 2, 3);
  if (first === undefined) throw new Error('no message');
  await say(first, ...rest);
  await eventually(async () => {
    await timePasses(db);
    await retry();
    expect(dead).toEqual([first.value]);
  });
  await retry();
  expect(await effectsOf(db, type)).toEqual({ a: [2, 3] });
  expect(await parked(db)).toMatchObject([{ key: 'a', dead: true }]);
});

test('many parked keys are retried without taking every connection', async () => {
  let broken = true;
  let most = 0;
  let now = 0;
  const { db, type, say, retry } = await listening('many', async () => {
    if (broken) throw new Error('not today');
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
  });
  const names = upTo(24).map((n) => `key-${n}`);
  await say(...names.flatMap((name) => steps(type, name, 1)));
  broken = false;
  await timePasses(db);
  await retry();
  expect(Object.keys(await effectsOf(db, type)).length).toBe(24);
  expect(most).toBeLessThanOrEqual(4);
});

test('a backend that dies in the middle of an effect is not the message’s fault', async () => {
  let killed = 0;
  const { db, type, say } = await listening('terminated', async (tx) => {
    if (killed++ < 5) await query(tx, 'SELECT pg_terminate_backend(pg_backend_pid())');
  });
  await say(...steps(type, 'a', 1, 2));
  expect(await effectsOf(db, type)).toEqual({ a: [1, 2] });
  expect(await parked(db)).toEqual([]);
});

test('while the database is away messages wait, in order, and none is parked', async () => {
  const server = await startPostgres();
  await server.createDatabase('away');
  const db = await connect({ url: server.url('away'), entities: [], migrations });
  try {
    await db.migrate();
    const { type, say, worker } = await listening('database-away', undefined, db);
    await say(...steps(type, 'a', 1));
    await server.kill();
    const saying = say(...steps(type, 'a', 2, 3), ...steps(type, 'b', 1));
    await server.restart();
    await saying;
    expect(await effectsOf(db, type)).toEqual({ a: [1, 2, 3], b: [1] });
    expect(await parked(db)).toEqual([]);
    await worker.stop();
  } finally {
    await db.close();
    await server.stop();
  }
});

test('a group that stops gives back what it has not done', async () => {
  const stuck = Promise.withResolvers<void>();
  const { db, type, say, worker } = await listening('stopping', async () => {
    stuck.resolve();
    throw new Error('not yet');
  });
  const [message] = steps(type, 'a', 1);
  if (message === undefined) throw new Error('no message');
  const said = say(message);
  const outcome = expect(said).rejects.toThrow();
  await stuck.promise;
  await worker.stop();
  await outcome;
  expect(await effectsOf(db, type)).toEqual({});
  expect(await parked(db)).toEqual([]);
});
