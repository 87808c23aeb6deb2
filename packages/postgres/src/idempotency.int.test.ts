import { eventually, testDatabase } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { idempotencySchema, idempotent, purgeIdempotencyKeys, query } from './index.ts';

const db = await testDatabase({
  name: 'idempotency',
  entities: [],
  migrations: [{ name: '1', up: [...idempotencySchema, 'CREATE TABLE effects (key text)'] }],
});

const input = { event: 'e', seats: ['a', 'b'] };
const callOf = (key: string | undefined, given: unknown = input) => ({ userId: 'u', procedure: 'holdSeats', key, input: given });
let runs = 0;
const once = (key: string | undefined, given: unknown = input, after: () => Promise<void> = async () => {}) =>
  db.transaction((tx) =>
    idempotent(tx, callOf(key, given), async () => {
      await query(tx, 'INSERT INTO effects VALUES ($1)', [key ?? 'none']);
      await after();
      return { run: ++runs };
    }),
  );
const effects = async (key: string) => (await db.query('SELECT 1 FROM effects WHERE key = $1', [key])).length;

test('the same key and input get the first answer and one effect', async () => {
  const first = await once('same');
  expect(await once('same', { seats: ['a', 'b'], event: 'e' })).toEqual(first);
  expect(await effects('same')).toBe(1);
});

test('the same key with another input is refused', async () => {
  await once('reused');
  await expect(once('reused', { ...input, event: 'other' })).rejects.toMatchObject({ refusal: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  expect(await effects('reused')).toBe(1);
});

test('without a key every call runs', async () => {
  await once(undefined);
  await once(undefined);
  expect(await effects('none')).toBe(2);
});

test('a second call that comes while the first is running waits and gets its answer', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = once('concurrent', input, () => gate);
  await expect.poll(() => db.pool().inUse).toBe(1);
  const second = once('concurrent');
  await eventually(async () => {
    const waiting = await db.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
    if (waiting.length === 0) throw new Error('nobody waits yet');
  });
  open();
  expect(await second).toEqual(await first);
  expect(await effects('concurrent')).toBe(1);
});

test('a rollback forgets the key', async () => {
  const failing = once('rolled back', input, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await once('rolled back', { ...input, event: 'other' });
  expect(await effects('rolled back')).toBe(1);
});

test('one key of two users, or of two procedures, is two keys', async () => {
  await once('mine');
  const other = await db.transaction((tx) => idempotent(tx, { ...callOf('mine'), userId: 'somebody else' }, async () => 'ran'));
  const procedure = await db.transaction((tx) => idempotent(tx, { ...callOf('mine'), procedure: 'createEvent' }, async () => 'ran too'));
  expect([other, procedure]).toEqual(['ran', 'ran too']);
});

test('an answer of nothing is kept as nothing', async () => {
  const nothing = (key: string, answer: null | undefined) => db.transaction((tx) => idempotent(tx, callOf(key), async () => answer));
  expect([await nothing('void', undefined), await nothing('void', undefined)]).toEqual([undefined, undefined]);
  expect([await nothing('null', null), await nothing('null', null)]).toEqual([null, null]);
});

test('keys older than a day are forgotten, younger ones are not', async () => {
  await once('old');
  await once('young');
  await db.query("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'");
  expect(await purgeIdempotencyKeys(db).run()).toBe(1);
  await once('old');
  await once('young');
  expect([await effects('old'), await effects('young')]).toEqual([2, 1]);
});
