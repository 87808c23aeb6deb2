import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net';
import { eventually, postgresServer } from '@boxoffice/testing';
import { expect, onTestFinished, test } from 'vitest';
import { connect, type Database, query } from './index.ts';

/** A way to the server on which, from a moment on, nothing arrives any more, either way, and nobody is told. */
async function cable(): Promise<{ db: Database; swallow(yes: boolean): void; accepted: () => number }> {
  const server = new URL(postgresServer().adminUrl);
  const url = new URL(server);
  const sockets = new Set<Socket>();
  let swallowing = false;
  let accepted = 0;
  const listener = createServer((near) => {
    accepted += 1;
    const far = connectTo(Number(server.port), server.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => swallowing || to.write(bytes));
      from.on('error', () => {}).on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  url.port = String((listener.address() as AddressInfo).port); // it listens on TCP
  const db = await connect({ url: url.href, entities: [], migrations: [], poolMax: 2, statementTimeoutMs: 300, answerTimeoutMs: 600 });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    listener.close();
    await db.close();
  });
  return {
    db,
    accepted: () => accepted,
    swallow(yes) {
      swallowing = yes;
    },
  };
}
const silent = { code: 'ETIMEDOUT', message: expect.stringContaining('said nothing') };

test('a statement on a connection that was cut without a word fails, and the next one has a new connection', async () => {
  const { db, swallow, accepted } = await cable();
  await db.query('SELECT 1');
  swallow(true);
  await expect(db.query('SELECT 1')).rejects.toMatchObject(silent);
  swallow(false);
  expect(await db.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  expect(accepted()).toBe(2);
  expect(db.pool().inUse).toBe(0);
});

test('so does a transaction in its middle, and a pipeline', async () => {
  const { db, swallow } = await cable();
  const transaction = db.transaction(async (tx) => {
    await query(tx, 'SELECT 1');
    swallow(true);
    await query(tx, 'SELECT 2');
  });
  await expect(transaction).rejects.toMatchObject(silent);
  swallow(false);
  const ask = () => db.pipeline([{ text: 'SELECT $1::int AS n', values: [3] }]);
  expect(await ask()).toEqual([[{ n: 3 }]]);
  swallow(true);
  await expect(ask()).rejects.toMatchObject(silent);
  swallow(false);
  expect(await ask()).toEqual([[{ n: 3 }]]);
  expect(db.pool().inUse).toBe(0);
});

test('a connection that owes nothing, in the pool or in a transaction, may be silent; a slow statement is the server’s to cancel', async () => {
  const { db, accepted } = await cable();
  const { promise: longer, resolve } = Promise.withResolvers<void>();
  const quiet = db.transaction(async (tx) => {
    await query(tx, 'SELECT 1');
    await longer;
    return query(tx, 'SELECT 2 AS n');
  });
  await db.query('SELECT 1'); // a second connection, idle from now on
  await expect(db.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
  const from = performance.now();
  await eventually(() => expect(performance.now() - from).toBeGreaterThan(700)); // longer than an answer may take
  resolve();
  expect(await quiet).toEqual([{ n: 2 }]);
  expect(accepted()).toBe(2);
});
