import { createHash, randomBytes } from 'node:crypto';
import { connect, type Database, type Entities, identifier, type MigrationList, type Session, withSession } from '@boxoffice/postgres';
import { afterAll, expect } from 'vitest';
import { postgresServer } from './engines.ts';
import { eventually } from './eventually.ts';

export interface TestDatabaseOptions {
  /** The service's name; templates are kept per name and migrations. */
  name: string;
  entities: Entities;
  migrations: MigrationList;
  poolMax?: number;
}

const opened: { db: Database; name: string }[] = [];

// At import, because vitest ignores an afterAll() called inside a hook or a test. Registered first, it runs last: after the file's own clean-up.
if (isTestFile()) {
  afterAll(async () => {
    const results = await Promise.allSettled(opened.splice(0).map(({ db, name }) => dropUnlessLeaking(db, name)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
}

/** False in a bench or a script, which may use the rest of this package. */
function isTestFile(): boolean {
  try {
    return expect.getState().testPath !== undefined;
  } catch {
    return false;
  }
}

/**
 * A fresh database with this schema: a clone of a template that is migrated once per run. Dropped when the file is over; a transaction or connection
 * that is still open then fails the file.
 */
export async function testDatabase(options: TestDatabaseOptions): Promise<Database> {
  const { url, adminUrl } = postgresServer();
  const template = await migratedTemplate(options);
  const name = `${options.name.replaceAll('-', '_')}_${randomBytes(6).toString('hex')}`;
  await withSession(adminUrl, (admin) => admin.query(`CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(template)}`));
  const db = await connect({ ...options, url: url(name), applicationName: `test ${options.name}` });
  opened.push({ db, name });
  return db;
}

/** Any number of workers may come at once: one migrates, under an advisory lock; `IS_TEMPLATE` says that it is complete. */
async function migratedTemplate({ name, entities, migrations }: TestDatabaseOptions): Promise<string> {
  const { url, adminUrl } = postgresServer();
  const hash = createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 12);
  const template = `template_${name.replaceAll('-', '_')}_${hash}`;
  const isThere = async (admin: Session) =>
    (await admin.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [template])).length === 1;
  await withSession(adminUrl, async (admin) => {
    if (await isThere(admin)) return;
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    if (await isThere(admin)) return;
    await admin.query(`DROP DATABASE IF EXISTS ${identifier(template)}`);
    await admin.query(`CREATE DATABASE ${identifier(template)}`);
    const db = await connect({ url: url(template), entities, migrations });
    await db.migrate().finally(() => db.close());
    await admin.query(`ALTER DATABASE ${identifier(template)} IS_TEMPLATE true`);
  });
  return template;
}

/** Closes and drops a test database; throws when somebody still works on it, and drops it all the same. */
export async function dropUnlessLeaking(db: Database, name: string): Promise<void> {
  const { adminUrl } = postgresServer();
  const closed = await db.close().then(
    () => undefined,
    (error: Error) => error,
  );
  await withSession(adminUrl, async (admin) => {
    try {
      if (closed !== undefined) throw closed;
      await eventually(() => refuseSessions(admin, name), { withinMs: 2000 });
    } finally {
      await admin.query(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
    }
  });
}

async function refuseSessions(admin: Session, name: string): Promise<void> {
  const rows = await admin.query('SELECT application_name, state, left(query, 200) AS query FROM pg_stat_activity WHERE datname = $1', [name]);
  if (rows.length > 0) throw new Error(`connections to the test database were left open: ${JSON.stringify(rows)}`);
}
