import { beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from './database.ts';

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
});
