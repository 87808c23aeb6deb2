import { type Database, query } from '@boxoffice/postgres';
import { eventually } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { count, database, edges, firsts, grouped, type Steps, stepsOf, upTo } from '../test/stage.ts';
import { inProcessHub, type Outgoing, outbox, relay, type Transport } from './index.ts';

/** Everything that was delivered, in that order. */
async function stage(topic: string) {
  const db = await database();
  const type = stepsOf(topic);
  const delivered: { name: string; n: number }[] = [];
  const hub = inProcessHub(['listener']);
  const door = hub.transport();
  await door.subscribe({
    group: 'listener',
    topics: [topic],
    onMessages: async (messages) => void delivered.push(...messages.map(({ value }) => JSON.parse(value).payload)),
  });
  return { db, type, delivered, transport: hub.transport() };
}
/** The hub, with something that happens around publishing. */
const around = (transport: Transport, publish: (messages: readonly Outgoing[]) => Promise<void>): Transport => ({ ...transport, publish });
const unsent = async (db: Database) => (await db.query<{ n: number }>('SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL'))[0]?.n;
/** Relays before shards, as they lock themselves: the other way round can end in a deadlock with one that renews. */
const leaseRunsOut = (db: Database) =>
  db.pipeline([
    { text: "UPDATE outbox_relays SET until = clock_timestamp() - interval '1 s'", values: [] },
    { text: "UPDATE outbox_shards SET until = clock_timestamp() - interval '1 s' WHERE owner IS NOT NULL", values: [] },
  ]);

async function writeConcurrently(db: Database, type: Steps, { names, each, writers }: { names: string[]; each: number; writers: number }) {
  const work = names.flatMap((name) => upTo(each).map(() => name));
  work.sort(() => Math.random() - 0.5);
  const write = async () => {
    for (let name = work.pop(); name !== undefined; name = work.pop()) await count(db, type, name);
  };
  await Promise.all(Array.from({ length: writers }, write));
}

test('three relays, concurrent writers, crashes between publishing and marking: nothing is skipped and every key keeps its order', async () => {
  const { db, type, delivered, transport } = await stage('steps');
  let publishes = 0;
  const crashing = around(transport, async (messages) => {
    await transport.publish(messages);
    publishes += 1;
    if (publishes % 4 === 0) throw new Error('crash between publishing and marking');
  });
  const relays = [1, 2, 3].map(() => relay({ db, transport: crashing, ...edges() }));
  await Promise.all(relays.map((one) => one.start()));
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const writing = writeConcurrently(db, type, { names, each: 40, writers: 6 });
  await eventually(() => expect(delivered.length).toBeGreaterThan(60));
  await relays[0]?.stop(); // its shards go to the others at once
  await eventually(() => expect(delivered.length).toBeGreaterThan(160));
  await leaseRunsOut(db);
  await writing;
  await eventually(async () => expect(await unsent(db)).toBe(0));
  await Promise.all(relays.slice(1).map((one) => one.stop()));
  const byName = grouped(delivered);
  for (const name of names) expect(firsts(byName[name] ?? []), name).toEqual(upTo(40));
  expect(delivered.length).toBeGreaterThan(names.length * 40); // the crashes did repeat something
});

test('a relay that was frozen in a publish while another took over can repeat, not reorder', async () => {
  const { db, type, delivered, transport } = await stage('frozen');
  const thaw = Promise.withResolvers<void>();
  const frozen = Promise.withResolvers<void>();
  const first = relay({
    db,
    transport: around(transport, async (messages) => {
      frozen.resolve();
      await thaw.promise;
      await transport.publish(messages);
    }),
    ...edges(),
  });
  await first.start();
  await count(db, type, 'a');
  await frozen.promise;
  await leaseRunsOut(db);
  const second = relay({ db, transport, ...edges() });
  await second.start();
  await count(db, type, 'a');
  await eventually(() => expect(firsts(grouped(delivered).a ?? [])).toEqual([1, 2]));
  thaw.resolve();
  await eventually(() => expect(delivered.length).toBeGreaterThan(2));
  await count(db, type, 'a');
  await eventually(async () => expect(await unsent(db)).toBe(0));
  await Promise.all([first.stop(), second.stop()]);
  expect(firsts(grouped(delivered).a ?? [])).toEqual([1, 2, 3]);
});

test('relays share the shards evenly as they come and go', async () => {
  const { db, transport } = await stage('shared');
  const shares = async () => {
    const rows = await db.query<{ n: number }>('SELECT count(*) AS n FROM outbox_shards WHERE until > clock_timestamp() GROUP BY owner ORDER BY 1');
    return rows.map(({ n }) => n);
  };
  const relays = [1, 2, 3].map(() => relay({ db, transport, ...edges() }));
  for (const [index, expected] of [[16], [8, 8], [4, 6, 6]].entries()) {
    await relays[index]?.start();
    await eventually(async () => expect(await shares()).toEqual(expected)); // nobody waits for a lease to run out: that would be 5 s
  }
  await relays[0]?.stop();
  await eventually(async () => expect(await shares()).toEqual([8, 8]));
  await Promise.all(relays.slice(1).map((one) => one.stop()));
  expect(await shares()).toEqual([]);
  expect(await db.query('SELECT 1 FROM outbox_relays')).toEqual([]);
});

test('a stop leaves a publish that hangs behind, and whoever comes next repeats it', async () => {
  const { db, type, delivered, transport } = await stage('hanging');
  const begun = Promise.withResolvers<void>();
  const hanging = around(transport, () => {
    begun.resolve();
    return new Promise(() => {});
  });
  const first = relay({ db, transport: hanging, ...edges() });
  await first.start();
  await count(db, type, 'a');
  await begun.promise;
  await first.stop();
  const second = relay({ db, transport, ...edges() });
  await second.start();
  await eventually(async () => expect(await unsent(db)).toBe(0));
  await second.stop();
  expect(grouped(delivered).a).toEqual([1]);
});

test('a fact of a transaction that rolls back, or that breaks its schema, is never said', async () => {
  const { db, type } = await stage('rolled-back');
  await expect(
    db.transaction(async (tx) => {
      await outbox(tx, type, { name: 'a', n: 1 });
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await expect(db.transaction((tx) => outbox(tx, type, { name: 'a', n: 1.5 }))).rejects.toThrow();
  expect(await unsent(db)).toBe(0);
});

test('a transport that is away costs time, not messages', async () => {
  const { db, type, delivered, transport } = await stage('away');
  let refused = 0;
  const away = around(transport, async (messages) => {
    refused += 1;
    if (refused <= 3) throw new Error('away');
    await transport.publish(messages);
  });
  const { metrics, logger } = edges();
  const one = relay({ db, transport: away, metrics, logger });
  await one.start();
  await count(db, type, 'a');
  await count(db, type, 'a');
  await eventually(async () => expect(await unsent(db)).toBe(0));
  await one.stop();
  expect(firsts(grouped(delivered).a ?? [])).toEqual([1, 2]);
  const [text] = [await metrics.text()];
  expect(text).toMatch(/boxoffice_outbox_sent_total 2/);
  expect(text).toMatch(/boxoffice_outbox_unsent\{database="[^"]+"\} 0/);
  expect(text).toMatch(/boxoffice_outbox_oldest_age_seconds\{database="[^"]+"\} 0/);
});

test('a relay wakes at the commit, not at its next look', async () => {
  const { db, type, delivered, transport } = await stage('woken');
  const one = relay({ db, transport, ...edges() });
  await one.start();
  await count(db, type, 'warm');
  await eventually(() => expect(delivered.length).toBe(1));
  const delays: number[] = [];
  for (const n of upTo(10)) {
    const committed = performance.now();
    await db.transaction((tx) => outbox(tx, type, { name: 'a', n }));
    await eventually(() => expect(delivered.length).toBe(n + 1));
    delays.push(performance.now() - committed);
  }
  await one.stop();
  delays.sort((a, b) => a - b);
  expect(delays[5]).toBeLessThan(200); // the poll alone would take 250 ms on average; eventually() itself looks every 25 ms and more
});

test('a backlog larger than one request to a broker leaves in pieces, and a message too large to leave is refused when it is said', async () => {
  const { db, transport } = await stage('unused');
  const type = stepsOf('large');
  const sizes: number[] = [];
  const scale = around(transport, async (messages) => void sizes.push(messages.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0)));
  await db.transaction(async (tx) => {
    for (const n of upTo(40)) await outbox(tx, type, { name: 'x'.repeat(50_000), n });
  });
  const one = relay({ db, transport: scale, ...edges() });
  await one.start();
  await eventually(async () => expect(await unsent(db)).toBe(0));
  await one.stop();
  expect(Math.max(...sizes)).toBeLessThan(1_000_000);
  await expect(db.transaction((tx) => outbox(tx, type, { name: 'x'.repeat(900_000), n: 1 }))).rejects.toThrow(/too large/);
  await query(db, 'DELETE FROM outbox');
});
