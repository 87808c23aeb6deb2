import { withSession } from '@boxoffice/postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { dropUnlessLeaking, testDatabase } from './database.ts';
import { postgresServer } from './engines.ts';

const options = { name: 'seat-shop', entities: [], migrations: [{ name: '1', up: ['CREATE TABLE seats (id int PRIMARY KEY)'] }] };
const first = await testDatabase(options);

describe('a test database', () => {
  let second: typeof first;
  beforeAll(async () => {
    second = await testDatabase(options);
  });

  test('has the schema, and nothing of another test database', async () => {
    await first.query('INSERT INTO seats VALUES (1)');
    expect(await second.query('SELECT * FROM seats')).toEqual([]);
    expect(await second.pendingMigrations()).toEqual([]);
  });

  test('is migrated once, however many ask for it at the same time', async () => {
    const slow = { ...options, migrations: [...options.migrations, { name: '2', up: ['SELECT pg_sleep(0.1)', 'CREATE TABLE more (id int)'] }] };
    const all = await Promise.all(Array.from({ length: 6 }, () => testDatabase(slow)));
    expect(new Set(all.map(({ url }) => url)).size).toBe(6);
    expect(await Promise.all(all.map((db) => db.pendingMigrations()))).toEqual(all.map(() => []));
    const templates = await first.query("SELECT 1 FROM pg_database WHERE datname LIKE 'template_seat_shop_%'");
    expect(templates).toHaveLength(2);
  });

  test('that somebody left a connection to fails its file, and is dropped all the same', async () => {
    const db = await testDatabase(options);
    const name = new URL(db.url).pathname.slice(1);
    const { promise: connected, resolve } = Promise.withResolvers<void>();
    const left = withSession(db.url, async (session) => {
      await session.query('SELECT 1');
      resolve();
      return session.query('SELECT pg_sleep(60)');
    });
    const outcome = left.catch((error: Error) => error.message);
    await connected;
    await expect(dropUnlessLeaking(db, name)).rejects.toThrow('connections to the test database were left open');
    expect(await outcome).toMatch(/terminat/);
    expect(await withSession(postgresServer().adminUrl, (admin) => admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]))).toEqual([]);
  });
});
