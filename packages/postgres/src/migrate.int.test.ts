import { testDatabase } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { connect } from './index.ts';

const empty = () => testDatabase({ name: 'migrate', entities: [], migrations: [] });
const over = (url: string, migrations: { name: string; up: string[] }[]) => connect({ url, entities: [], migrations });

test('SQL passes through unchanged: question marks, dollar quotes, several statements in one', async () => {
  const odd = `CREATE FUNCTION odd() RETURNS text LANGUAGE plpgsql AS $body$
    BEGIN -- is it? ?? $1 :name
      RETURN 'a?b ?? $1 ' || ('{"a": 1}'::jsonb ? 'a')::text || $$ it's $$;
    END $body$`;
  const db = await over((await empty()).url, [{ name: 'odd', up: [odd, 'CREATE TABLE a (x text); INSERT INTO a SELECT odd()'] }]);
  expect(await db.migrate()).toEqual(['odd']);
  expect(await db.query('SELECT x FROM a')).toEqual([{ x: "a?b ?? $1 true it's " }]);
  await db.close();
});

test('two processes that migrate at once do it once', async () => {
  const { url } = await empty();
  const list = [
    { name: '1', up: ['CREATE TABLE log (at timestamptz)', 'SELECT pg_sleep(0.2)'] },
    { name: '2', up: ['INSERT INTO log VALUES (now())'] },
  ];
  const [one, two] = await Promise.all([over(url, list), over(url, list)]);
  const ran = await Promise.all([one.migrate(), two.migrate()]);
  expect(ran.flat().sort()).toEqual(['1', '2']);
  expect(await one.query('SELECT count(*) AS n FROM log')).toEqual([{ n: 1 }]);
  expect(await two.pendingMigrations()).toEqual([]);
  await Promise.all([one.close(), two.close()]);
});

test('a migration that fails is undone as a whole and keeps the ones before it', async () => {
  const { url } = await empty();
  const broken = await over(url, [
    { name: '1', up: ['CREATE TABLE kept (x int)'] },
    { name: '2', up: ['CREATE TABLE undone (x int)', 'SELECT no_such_function()'] },
  ]);
  await expect(broken.migrate()).rejects.toThrow('no_such_function');
  expect(await broken.pendingMigrations()).toEqual(['2']);
  expect(await broken.query("SELECT to_regclass('kept') IS NOT NULL AS kept, to_regclass('undone') IS NOT NULL AS undone")).toEqual([
    { kept: true, undone: false },
  ]);
  await broken.close();
});

test('a migration may take longer than a request', async () => {
  const { url } = await empty();
  const db = await connect({ url, entities: [], migrations: [{ name: 'slow', up: ['SELECT pg_sleep(0.3)'] }], statementTimeoutMs: 100 });
  expect(await db.migrate()).toEqual(['slow']);
  await db.close();
});

test('two migrations of one name are refused before anything runs', async () => {
  const { url } = await empty();
  const twice = await over(url, [
    { name: 'same', up: ['CREATE TABLE a (x int)'] },
    { name: 'same', up: ['CREATE TABLE b (x int)'] },
  ]);
  await expect(twice.migrate()).rejects.toThrow('two migrations are called same');
  expect(await twice.pendingMigrations()).toEqual(['same', 'same']);
  await twice.close();
});
