import { messagingSchema } from '@boxoffice/messaging';
import { type Session, withSession } from '@boxoffice/postgres';
import { postgresServer, testDatabase } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import type { PsqlSession } from './pod-programs.ts';
import { sentAgainIn } from './restored.ts';
import { beginLook, countRows, takeSnapshot } from './snapshot.ts';

const db = await testDatabase({
  ...{ name: 'drill', entities: [] },
  migrations: [{ name: '0001-drill', up: ['CREATE TABLE halls (id int PRIMARY KEY)', ...messagingSchema] }],
});
const [{ name } = { name: '' }] = await db.query<{ name: string }>('SELECT current_database() AS name');
const withPsql = <T>(work: (session: PsqlSession) => Promise<T>) => withSession(postgresServer().url(name), (session) => work(likePsql(session)));

/** Rows as psql prints them. */
const likePsql = (session: Session): PsqlSession => ({
  rows: async (statement) => (await session.query<Record<string, unknown>>(statement)).map((row) => Object.values(row).map(String).join('|')),
  end: async () => undefined,
});

test('a snapshot counts every table as it was at its moment, and another session sees the same by its id', async () => {
  await db.query('INSERT INTO halls SELECT generate_series(1, 3)');
  await withPsql(async (first) => {
    await beginLook(first);
    const { id, at } = await takeSnapshot(first);
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(10_000);
    await db.query('INSERT INTO halls SELECT generate_series(4, 9)');
    expect(await countRows(first)).toMatchObject({ halls: 3, outbox: 0, outbox_shards: 16, inbox: 0, parked_messages: 0 });
    await withPsql(async (second) => {
      await beginLook(second);
      await second.rows(`SET TRANSACTION SNAPSHOT '${id}'`);
      expect(await countRows(second)).toMatchObject({ halls: 3 });
    });
  });
  await withPsql(async (later) => expect(await countRows(later)).toMatchObject({ halls: 9 }));
});

test('what was sent in the hour before the snapshot is sent again; what was sent earlier is not, and what never was still will be', async () => {
  const put = (key: string, sentAt: string) =>
    db.query(
      `INSERT INTO outbox (id, shard, topic, key, envelope, sent_at) VALUES (gen_random_uuid(), 0, 'events', $1, '{}', ${sentAt ? `timestamptz '${sentAt}'` : 'NULL'})`,
      [key],
    );
  await put('early', '2026-11-26T08:30:00Z');
  await put('late', '2026-11-26T09:30:00Z');
  await put('never', '');
  expect(await withPsql((session) => sentAgainIn(session, '2026-11-26T10:00:00.000Z'))).toBe(1);
  const unsent = await db.query<{ key: string }>('SELECT key FROM outbox WHERE sent_at IS NULL ORDER BY key');
  expect(unsent.map(({ key }) => key)).toEqual(['late', 'never']);
});
