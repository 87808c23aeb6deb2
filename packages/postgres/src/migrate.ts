import { Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { PostgresDialect } from 'kysely';
import type { Database } from './database.ts';
import { createPool, type Log } from './pool.ts';
import { withSession } from './session.ts';

/**
 * A schema's history, oldest first. `up` holds SQL statements; each entry runs in one transaction, once, and is never edited afterwards.
 * Expand and contract only: version N−1 of the service must still run on the schema of version N.
 */
export type MigrationList = readonly { readonly name: string; readonly up: readonly string[] }[];

const tableName = 'mikro_orm_migrations';
/** One key per database (advisory locks do not reach further); the number is arbitrary, but a promise between versions. */
const lockKey = 7_326_015_544;

/** What this process knows and the database has not seen; changes nothing, so a read-only role may ask. */
export async function pendingMigrations(db: Pick<Database, 'query'>, migrations: MigrationList): Promise<string[]> {
  const ran = new Set(await executed(db));
  return migrations.map(({ name }) => name).filter((name) => !ran.has(name));
}

async function executed(db: Pick<Database, 'query'>): Promise<string[]> {
  const [table] = await db.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [tableName]);
  if (table?.there !== true) return []; // asked first, so that a fresh database does not log an error every second
  return (await db.query<{ name: string }>(`SELECT name FROM ${tableName}`)).map(({ name }) => name);
}

/** Runs what is pending, behind an advisory lock: of N pods that start together one migrates, the others wait and find nothing to do. */
export async function migrate(url: string, migrations: MigrationList, log: Log | undefined): Promise<string[]> {
  refuseDoubles(migrations);
  return withSession(url, async (session) => {
    await session.query('SELECT pg_advisory_lock($1)', [lockKey]); // released when the session ends
    return runPending(url, migrations, log);
  });
}

function refuseDoubles(migrations: MigrationList): void {
  const names = migrations.map(({ name }) => name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw new Error(`two migrations are called ${double}`);
}

/** An ORM of its own, closed afterwards: migrations may take longer than a request's statement timeout. */
async function runPending(url: string, migrations: MigrationList, log: Log | undefined): Promise<string[]> {
  // lock_timeout: an ALTER TABLE that queues behind a long transaction would block everybody who comes after it; failing is kinder.
  const settings = { lock_timeout: '10s', timezone: 'UTC' };
  const pool = createPool({ url, poolMax: 2, statementTimeoutMs: 0, answerTimeoutMs: 0, settings, applicationName: 'boxoffice-migrate', log });
  const orm = new MikroORM({
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    entities: [],
    extensions: [Migrator],
    driverOptions: () => new PostgresDialect({ pool }),
    discovery: { warnWhenNoEntities: false },
    migrations: { tableName, migrationsList: migrations.map(asClass), snapshot: false, allOrNothing: false, silent: true },
    logger: (message) => log?.warn({}, message),
    colors: false,
  });
  try {
    orm.migrator.on('migrated', ({ name }) => log?.info({ migration: name }, 'migration applied'));
    const ran = await orm.migrator.up();
    return ran.map(({ name }) => name);
  } finally {
    await orm.close(true);
    await pool.end();
  }
}

const asClass = ({ name, up }: MigrationList[number]) => ({
  name,
  class: class extends Migration {
    override up(): void {
      for (const statement of up) this.addSql(statement);
    }
  },
});
