import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withSession } from '@boxoffice/postgres';
import { createLogger } from '@boxoffice/service-kit';
import { eventually, startPostgres } from '@boxoffice/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Owned } from './config.ts';
import { ensureDatabases } from './databases.ts';

const logger = createLogger({ service: 'setup', level: 'silent' });
const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-setup-'));
const server = await startPostgres();
const { hostname: host, port, username, password } = new URL(server.adminUrl);
const owned = (service: Owned['service']): Owned => ({ service, host, port: Number(port), database: service, role: service });
const settings = {
  LOG_LEVEL: 'silent' as const,
  DATABASES: [owned('booking'), owned('identity')],
  POSTGRES_USER: username,
  POSTGRES_PASSWORD: decodeURIComponent(password) || 'unused: the server trusts',
  PASSWORDS_FOLDER: folder,
  WAIT_MS: 10_000,
};
const url = (role: string, database: string) => `postgres://${role}:pass'word-of-${role}@${host}:${port}/${database}`;
const as = (role: string, database: string, sql: string) =>
  withSession(encodeURI(url(role, database)), (session) => session.query(sql)).then(() => 'ok', String);
const passwordOf = (role: string) => writeFile(path.join(folder, role), `pass'word-of-${role}\n`);
const identityTables = () =>
  as('identity', 'identity', 'CREATE TABLE outbox (); CREATE TABLE inbox (); CREATE TABLE parked_messages (); CREATE TABLE accounts ()');

beforeAll(async () => {
  for (const role of ['booking', 'identity', 'auditor']) await passwordOf(role);
  const done = ensureDatabases(settings, logger);
  // It waits for identity's tables, as in an installation whose migration is under way.
  await eventually(async () => expect(await identityTables()).toBe('ok'));
  await done;
});

test('each service owns its database and sees no other', async () => {
  expect(await as('booking', 'booking', 'CREATE TABLE seats ()')).toBe('ok');
  expect(await as('booking', 'identity', 'SELECT 1')).toContain('permission denied');
  expect(await as('booking', 'booking', 'CREATE ROLE other')).toContain('permission denied');
});

describe('the auditor', () => {
  test('reads tables that came later, and writes none', async () => {
    expect(await as('booking', 'booking', 'CREATE TABLE later ()')).toBe('ok');
    expect(await as('auditor', 'booking', 'SELECT * FROM later')).toBe('ok');
    expect(await as('auditor', 'booking', 'DROP TABLE later')).toContain('must be owner');
  });
  test('sees how messages of identity travel, and no account', async () => {
    expect(await as('auditor', 'identity', 'SELECT * FROM outbox')).toBe('ok');
    expect(await as('auditor', 'identity', 'SELECT * FROM accounts')).toContain('permission denied');
  });
});

test('a second run changes nothing but the passwords', async () => {
  await ensureDatabases(settings, logger);
  expect(await as('booking', 'booking', 'SELECT 1')).toBe('ok');
});

test('a role without a password is named', async () => {
  const DATABASES = [{ ...owned('ticketing') }];
  await expect(ensureDatabases({ ...settings, DATABASES }, logger)).rejects.toThrow(/ticketing holds no password/);
});

test('a server that does not answer in time is named', async () => {
  const DATABASES = [{ ...owned('booking'), port: 1 }];
  await expect(ensureDatabases({ ...settings, DATABASES, WAIT_MS: 1_000 }, logger)).rejects.toThrow(/PostgreSQL at .*:1 is not there after 1 s/);
});

test('a server that was made with another password is told at once, not waited for', async () => {
  const asRole = { ...settings, POSTGRES_USER: 'booking', POSTGRES_PASSWORD: 'wrong', DATABASES: [owned('booking')] };
  const began = performance.now();
  await expect(ensureDatabases(asRole, logger)).rejects.toThrow(/refuses POSTGRES_PASSWORD/);
  expect(performance.now() - began).toBeLessThan(settings.WAIT_MS);
});
