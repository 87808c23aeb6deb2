import { eventually, postgresServer, startPostgres, testDatabase } from '@boxoffice/testing';
import { defineEntity, p } from '@mikro-orm/core';
import { describe, expect, test } from 'vitest';
import { connect, isUniqueViolation, query, readyCheck } from './index.ts';

const Show = defineEntity({
  name: 'Show',
  tableName: 'shows',
  properties: {
    id: p.uuid().primary(),
    title: p.string(),
    startsAt: p.datetime(),
    seats: p.bigint('number'),
    tags: p.array(),
    plan: p.json<{ rows: number[] }>(),
  },
});

const migrations = [
  {
    name: '1-shows',
    up: [
      `CREATE TABLE shows (id uuid PRIMARY KEY, title text NOT NULL UNIQUE, starts_at timestamptz NOT NULL, seats int8 NOT NULL,
         tags text[] NOT NULL DEFAULT '{}', plan jsonb)`,
    ],
  },
];
const options = { name: 'postgres', entities: [Show], migrations };
const db = await testDatabase(options);
const insert = "INSERT INTO shows (id, title, starts_at, seats) VALUES (gen_random_uuid(), $1, '2026-11-22T20:00:00+01:00', 5)";
const titles = async (pattern: string) => db.query('SELECT title FROM shows WHERE title LIKE $1 ORDER BY title', [pattern]);

describe('a transaction', () => {
  test('keeps everything or nothing', async () => {
    const failing = db.transaction(async (tx) => {
      await query(tx, insert, ['rolled back']);
      await query(tx, insert, ['rolled back']);
    });
    await expect(failing).rejects.toSatisfy((error) => isUniqueViolation(error, 'shows_title_key'));
    expect(await titles('rolled back')).toEqual([]);
  });

  test('is READ COMMITTED and holds entities and statements together', async () => {
    const level = await db.transaction(async (tx) => {
      tx.create(Show, { id: crypto.randomUUID(), title: 'both 1', startsAt: new Date(), seats: 1, tags: [], plan: { rows: [] } });
      await tx.flush();
      await query(tx, insert, ['both 2']);
      expect(await titles('both %')).toEqual([]);
      return query(tx, 'SHOW transaction_isolation');
    });
    expect(level).toEqual([{ transaction_isolation: 'read committed' }]);
    expect(await titles('both %')).toEqual([{ title: 'both 1' }, { title: 'both 2' }]);
  });

  test('compiles no statement, however dear its plan looks', async () => {
    expect(await db.query('SHOW jit')).toEqual([{ jit: 'off' }]);
  });

  test('prepares a statement with parameters once per connection, inside and outside of transactions', async () => {
    const text = 'SELECT count(*)::int AS shows FROM shows WHERE title = $1';
    const prepared = await db.transaction(async (tx) => {
      for (const title of ['a', 'b']) await query(tx, text, [title]);
      return query(
        tx,
        'SELECT count(*)::int AS plans, sum(generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements WHERE statement = $1',
        [text],
      );
    });
    expect(prepared).toEqual([{ plans: 1, runs: 2 }]);
    expect(await db.query(text, ['nobody'])).toEqual([{ shows: 0 }]);
  });

  test('runs its work once, also when the database says no', async () => {
    let runs = 0;
    const deadlocked = db.transaction(async (tx) => {
      runs += 1;
      await query(tx, "DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '40001'; END $$");
    });
    await expect(deadlocked).rejects.toThrow('busy');
    expect(runs).toBe(1);
  });
});

describe('a query', () => {
  test('passes its parameters as parameters', async () => {
    const evil = "'; DROP TABLE shows; -- $1 ? ??";
    expect(await db.query('SELECT $1::text AS text, $2::int + 1 AS sum', [evil, 1])).toEqual([{ text: evil, sum: 2 }]);
    expect(
      await db.query('SELECT id FROM unnest($1::int[]) AS id WHERE id = ANY ($2)', [
        [1, 2, 3],
        [2, 3],
      ]),
    ).toEqual([{ id: 2 }, { id: 3 }]);
  });

  test('reads int8 as number, numeric as text, timestamptz as Date and json as value', async () => {
    const at = new Date('2026-11-22T19:00:00.123Z');
    const text = `SELECT 5::int8 AS n, '{1,NULL,3}'::int8[] AS ns, '{}'::int8[] AS none, 1.50::numeric AS d, $1::timestamptz AS at,
                         ARRAY[$1::timestamptz] AS ats, '{"a": [1]}'::jsonb AS j, '2026-11-22'::date AS day, count(*) AS c FROM shows WHERE false`;
    expect(await db.query(text, [at])).toEqual([
      { n: 5, ns: [1, null, 3], none: [], d: '1.50', at, ats: [at], j: { a: [1] }, day: '2026-11-22', c: 0 },
    ]);
  });

  test('throws for an int8 beyond 2^53 and leaves the connection usable', async () => {
    await expect(db.query('SELECT 9007199254740993::int8 AS n')).rejects.toThrow('does not fit');
    expect(await db.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(db.pool().inUse).toBe(0);
  });

  test('is cancelled at the statement timeout', async () => {
    const hasty = await connect({
      ...options,
      url: db.url,
      statementTimeoutMs: 50,
      settings: { enable_seqscan: 'off', search_path: '"$user", public' },
    });
    await expect(hasty.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    expect(await hasty.query("SELECT current_setting('enable_seqscan') AS s, current_setting('search_path') AS p")).toEqual([
      { s: 'off', p: '"$user", public' },
    ]);
    await hasty.close();
  });
});

test('an entity reads back what was written, also what plain SQL wrote', async () => {
  const startsAt = new Date('2026-12-24T18:30:00.500Z');
  const id = crypto.randomUUID();
  await db.transaction(async (tx) => {
    tx.create(Show, { id, title: 'entity', startsAt, seats: 4_000_000_000, tags: ['a', 'b,"c"'], plan: { rows: [1] } });
  });
  expect(await db.em().findOneOrFail(Show, { id })).toMatchObject({ startsAt, seats: 4_000_000_000, tags: ['a', 'b,"c"'], plan: { rows: [1] } });
  await db.query("UPDATE shows SET starts_at = starts_at + interval '1 day' WHERE id = $1", [id]);
  expect((await db.em().findOneOrFail(Show, { id })).startsAt).toEqual(new Date('2026-12-25T18:30:00.500Z'));
  expect(await db.em().count(Show, { startsAt: { $gt: startsAt }, title: 'entity' })).toBe(1);
});

describe('a lost backend', () => {
  test('fails its transaction only: the connection is replaced', async () => {
    const small = await connect({ ...options, url: db.url, poolMax: 2 });
    for (let round = 0; round < 5; round++) {
      const lost = small.transaction(async (tx) => query(tx, 'SELECT pg_terminate_backend(pg_backend_pid())'));
      await expect(lost).rejects.toThrow(/terminat/);
    }
    expect(await small.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(small.pool().inUse).toBe(0);
    await small.close();
  });

  test('while idle is no event at all', async () => {
    const small = await connect({ ...options, url: db.url, applicationName: 'idle victim' });
    await small.ping();
    await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idle victim'");
    await expect.poll(() => small.pool().open).toBe(0);
    await small.ping();
    await small.close();
  });

  test('of a whole server that comes back leaves no connection taken', async () => {
    const server = await startPostgres();
    const own = await connect({ ...options, url: server.adminUrl, poolMax: 4 });
    const stuck = Array.from({ length: 4 }, () => own.transaction((tx) => query(tx, 'SELECT pg_sleep(60)')));
    const outcome = Promise.allSettled(stuck);
    await expect.poll(() => own.pool().inUse).toBe(4);
    await server.kill();
    expect((await outcome).every(({ status }) => status === 'rejected')).toBe(true);
    await expect(own.transaction((tx) => query(tx, 'SELECT 1'))).rejects.toThrow();
    await server.restart();
    await Promise.all(Array.from({ length: 8 }, () => own.transaction((tx) => query(tx, 'SELECT 1'))));
    expect(own.pool().inUse).toBe(0);
    await own.close();
    await server.stop();
  });
});

describe('a pool', () => {
  test('answers OVERLOADED instead of queueing without end', async () => {
    const tiny = await connect({ ...options, url: db.url, poolMax: 1 });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const holder = tiny.transaction(() => gate);
    await expect.poll(() => tiny.pool().inUse).toBe(1);
    const queued = Array.from({ length: 1000 }, () => tiny.ping());
    await expect(tiny.ping()).rejects.toMatchObject({ refusal: { code: 'OVERLOADED' } });
    open();
    await Promise.all([holder, ...queued]);
    await tiny.close();
  });

  test('touches the network at the first use only', async () => {
    const nowhere = await connect({ ...options, url: 'postgres://nobody:wrong@127.0.0.1:1/nothing' });
    expect(nowhere.pool()).toEqual({ open: 0, inUse: 0, waiting: 0, max: 10 });
    await expect(nowhere.ping()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(readyCheck(nowhere)()).rejects.toThrow('ECONNREFUSED');
    await nowhere.close();
    await nowhere.close();
  });

  test('that is closed with a transaction open says so and ends it', async () => {
    const leaking = await connect({ ...options, url: db.url, applicationName: 'leaking' });
    void leaking.transaction((tx) => query(tx, 'SELECT 1').then(() => new Promise(() => {})));
    await expect.poll(() => leaking.pool().inUse).toBe(1);
    await expect(leaking.close()).rejects.toThrow('1 database connection(s) still in use');
    await expect.poll(() => db.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'leaking'")).toEqual([]);
  });
});

test('a database is ready when it has every migration this process knows', async () => {
  const behind = await connect({ ...options, url: db.url, migrations: [...migrations, { name: '2-more', up: [] }] });
  await readyCheck(db)();
  await expect(readyCheck(behind)()).rejects.toThrow('2-more');
  await behind.close();
});

test('asking what is pending changes nothing', async () => {
  const empty = await connect({ ...options, url: postgresServer().adminUrl });
  expect(await empty.pendingMigrations()).toEqual(['1-shows']);
  expect(await empty.query("SELECT to_regclass('mikro_orm_migrations') AS found")).toEqual([{ found: null }]);
  await empty.close();
});

describe('a pipeline', () => {
  const count = { text: 'SELECT count(*)::int AS shows FROM shows WHERE title LIKE $1', values: ['piped %'] };
  const make = (title: string) => ({ text: insert, values: [title] });

  test('answers the rows of each statement; a later one sees what an earlier one wrote', async () => {
    expect(await db.pipeline([count, make('piped 1'), make('piped 2'), count])).toEqual([[{ shows: 0 }], [], [], [{ shows: 2 }]]);
    expect(await db.pipeline([count])).toEqual([[{ shows: 2 }]]);
  });

  test('keeps everything or nothing, and leaves a connection that can be used', async () => {
    for (let time = 0; time < 12; time++) {
      const failing = db.pipeline([make('piped 3'), make('piped 3'), count]);
      await expect(failing).rejects.toSatisfy((error) => isUniqueViolation(error, 'shows_title_key'));
    }
    expect(await titles('piped 3')).toEqual([]);
    expect(db.pool().inUse).toBe(0);
  });

  test('names a statement that cannot be parsed, or fails after it was, and works the next time', async () => {
    await expect(db.pipeline([{ text: 'SELECT nothing($1::int)', values: [1] }])).rejects.toThrow(/nothing/);
    const divide = (by: number) => ({ text: 'SELECT 10 / $1::int AS result', values: [by] });
    for (let time = 0; time < 12; time++) await expect(db.pipeline([divide(0)])).rejects.toThrow(/division by zero/);
    expect(await Promise.all(Array.from({ length: 12 }, () => db.pipeline([divide(5)])))).toEqual(Array(12).fill([[{ result: 2 }]]));
  });

  test("that failed is in nobody's way: the same text works by itself on the same connection", async () => {
    const own = await connect({ url: db.url, entities: [], migrations: [], poolMax: 1 });
    const divide = (by: number) => ({ text: 'SELECT 12 / $1::int AS result', values: [by] });
    await expect(own.pipeline([divide(0)])).rejects.toThrow(/division by zero/);
    expect(await own.query(divide(4).text, [4])).toEqual([{ result: 3 }]);
    expect(await own.pipeline([divide(6)])).toEqual([[{ result: 2 }]]);
    await own.close();
  });

  test('sees, after a lock was waited for, what its holder wrote', async () => {
    const locked = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const holder = db.transaction(async (tx) => {
      await query(tx, 'SELECT pg_advisory_xact_lock(4711)');
      await query(tx, insert, ['waited for']);
      locked.resolve();
      await finish.promise;
    });
    await locked.promise;
    const lock = { text: 'SELECT pg_advisory_xact_lock($1)', values: [4711] };
    const waiting = db.pipeline([lock, { text: 'SELECT title FROM shows WHERE title = $1', values: ['waited for'] }]);
    await eventually(async () => expect(await db.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).toHaveLength(1));
    finish.resolve();
    await holder;
    expect((await waiting)[1]).toEqual([{ title: 'waited for' }]);
  });

  test('takes arrays, dates and nothing, as single statements do', async () => {
    const at = new Date('2026-11-22T19:00:00Z');
    const text = 'SELECT $1::text[] AS list, $2::timestamptz AS at, $3::int AS none, $4::jsonb AS plan, 9007199254740991::int8 AS big';
    expect(await db.pipeline([{ text, values: [['a', 'b "c"', null], at, undefined, { rows: [1] }] }])).toEqual([
      [{ list: ['a', 'b "c"', null], at, none: null, plan: { rows: [1] }, big: 9_007_199_254_740_991 }],
    ]);
  });

  test('a server that goes away is an error, and the connection is not used again', async () => {
    const server = await startPostgres();
    const own = await connect({ url: server.url('postgres'), entities: [], migrations: [] });
    const sleeping = own.pipeline([{ text: 'SELECT pg_sleep($1)', values: [20] }]);
    await eventually(async () => expect(await own.query(`SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`)).toHaveLength(1));
    await Promise.all([expect(sleeping).rejects.toThrow(), server.kill()]);
    await server.restart();
    expect(await own.pipeline([{ text: 'SELECT $1::int AS one', values: [1] }])).toEqual([[{ one: 1 }]]);
    await own.close();
    await server.stop();
  });
});
