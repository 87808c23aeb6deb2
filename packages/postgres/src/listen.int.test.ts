import { freePort, startPostgres, testDatabase } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { listen, query } from './index.ts';

const db = await testDatabase({ name: 'listen', entities: [], migrations: [] });
const quiet = { info: () => undefined, warn: () => undefined };

test('hears what a committed transaction said, and nothing of one rolled back', async () => {
  const heard: string[] = [];
  const listener = await listen(db.url, 'seats Changed', (payload) => heard.push(payload), quiet);
  const failing = db.transaction(async (tx) => {
    await query(tx, 'SELECT pg_notify($1, $2)', ['seats Changed', 'never']);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await db.transaction((tx) => query(tx, 'SELECT pg_notify($1, $2)', ['seats Changed', 'event 1']));
  await expect.poll(() => heard).toEqual(['event 1']);
  await listener.close();
});

test('comes back after its backend was terminated, says that it missed something, and hears again', async () => {
  const heard: string[] = [];
  const listener = await listen(db.url, 'lost', (payload) => heard.push(payload), quiet);
  await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'boxoffice-listen lost'");
  await expect.poll(() => heard, { timeout: 5000 }).toEqual(['']);
  await db.query("SELECT pg_notify('lost', 'again')");
  await expect.poll(() => heard).toEqual(['', 'again']);
  await listener.close();
});

test('a callback that throws does not end the listening', async () => {
  const heard: string[] = [];
  const listener = await listen(
    db.url,
    'throwing',
    (payload) => {
      heard.push(payload);
      throw new Error('bad payload');
    },
    quiet,
  );
  await db.query("SELECT pg_notify('throwing', '1'), pg_notify('throwing', '2')");
  await expect.poll(() => heard).toEqual(['1', '2']);
  await listener.close();
});

test('starts while the server is away and closes in that state', async () => {
  const away = await listen(`postgres://nobody@127.0.0.1:${await freePort()}/x`, 'x', () => undefined, quiet);
  await away.close();
});

test('outlives a restart of the server', async () => {
  const server = await startPostgres();
  const heard: string[] = [];
  const listener = await listen(server.adminUrl, 'restart', (payload) => heard.push(payload), quiet);
  await server.kill();
  await server.restart();
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['']);
  await listener.close();
  await server.stop();
});
