import { testDatabase } from '@boxoffice/testing';
import { expect, onTestFinished, test } from 'vitest';
import { hintAfterCommit, listen, query } from './index.ts';

const db = await testDatabase({ name: 'hints', entities: [], migrations: [] });
const quiet = { info: () => undefined, warn: () => undefined };

async function hearing(channel: string): Promise<string[]> {
  const heard: string[] = [];
  const listener = await listen(db.url, channel, (payload) => heard.push(payload), quiet);
  onTestFinished(() => listener.close());
  return heard;
}

test('a hint is said when its transaction has committed, and forgotten when it was rolled back', async () => {
  await db.query('CREATE TABLE facts (n int)');
  const heard = await hearing('facts');
  const failing = db.transaction(async (tx) => {
    hintAfterCommit(tx, 'facts', 'never');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  let saidInside = 0;
  await db.transaction(async (tx) => {
    await query(tx, 'INSERT INTO facts VALUES ($1)', [1]);
    hintAfterCommit(tx, 'facts', 'one');
    await db.query('SELECT 1'); // a hint that did not wait for the commit would be out by now
    saidInside = heard.length;
  });
  await expect.poll(() => heard).toEqual(['one']);
  expect(saidInside).toBe(0);
});

test('many at once are said once, different ones each', async () => {
  const heard = await hearing('many');
  await Promise.all(Array.from({ length: 20 }, (_, n) => db.transaction(async (tx) => hintAfterCommit(tx, 'many', `${n % 2}`))));
  db.hint('many', 'last');
  await expect.poll(() => heard).toContain('last');
  expect(new Set(heard)).toEqual(new Set(['0', '1', 'last']));
  expect(heard.length).toBeLessThanOrEqual(21);
});

test('one that cannot be said is dropped, and the next is said', async () => {
  const heard = await hearing('long');
  db.hint('long', 'x'.repeat(9_000)); // Postgres takes 8,000 bytes
  db.hint('long', 'short');
  await expect.poll(() => heard).toEqual(['short']);
});
