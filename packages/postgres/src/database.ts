import { type EntityClass, type EntityManager, type EntitySchema, IsolationLevel, MikroORM } from '@mikro-orm/postgresql';
import { PostgresDialect } from 'kysely';
import { hintSayer, hintsOf } from './hints.ts';
import { type MigrationList, migrate, pendingMigrations } from './migrate.ts';
import { type Statement, sendTogether } from './pipeline.ts';
import { createPool, type Log, type Pool, type PoolState } from './pool.ts';
import { query } from './query.ts';

/** An EntityManager of its own (identity map, unit of work), inside a transaction when it comes from `transaction`. */
export type Tx = EntityManager;

/** What an entity list holds: what `defineEntity` returns. */
// biome-ignore lint/suspicious/noExplicitAny: the ORM's own bound for a list of different entities
export type Entities = (EntityClass<any> | EntitySchema<any>)[];

/** One service's database: the only way to reach it, and the only way to open a transaction. */
export interface Database {
  readonly url: string;
  readonly orm: MikroORM;
  /** One READ COMMITTED transaction: commits what `work` did, or rolls all of it back and throws. Never tries twice by itself. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** A fork for reads outside a transaction. */
  em(): Tx;
  /** One statement on its own; see the function `query`. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Several statements as one READ COMMITTED transaction in one round trip: each sees what was committed before it begins. Answers the rows of each. */
  pipeline(statements: readonly Statement[]): Promise<unknown[][]>;
  /** Tells a channel that there is something to look at; see `hintAfterCommit`. */
  hint(channel: string, payload?: string): void;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  /** Names of the migrations this process knows and the database has not seen. Changes nothing. */
  pendingMigrations(): Promise<string[]>;
  /** Brings the schema up to date and returns what ran. Any number of processes may call it at once. */
  migrate(): Promise<string[]>;
  /** Connections at this moment. */
  pool(): PoolState;
  /** Ends every connection; throws after 5 s when a transaction is still open, and ends that too. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** postgres://user:password@host:port/database */
  url: string;
  entities: Entities;
  migrations: MigrationList;
  /** Connections at most, 10. */
  poolMax?: number;
  /** A statement that takes longer is cancelled, 5000 ms. */
  statementTimeoutMs?: number;
  /** A connection on which nothing moves for this long while an answer is owed is given up, `statementTimeoutMs` + 5000 ms; only dead ones are. */
  answerTimeoutMs?: number;
  /** Session settings, for example `plansByIndex`. */
  settings?: Record<string, string>;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  log?: Log;
}

const defaultSettings = {
  // A transaction that sits idle this long belongs to a process that is gone or stuck; its locks must not outlive it for long.
  idle_in_transaction_session_timeout: '30s',
  timezone: 'UTC',
  default_transaction_isolation: 'read committed',
  // Compiling a statement of ours takes longer than running it: on new tables, whose size is guessed, seconds for one that reads nothing.
  jit: 'off',
};

/**
 * Session settings of a service that goes by keys wherever it is in a hurry: one plan for all parameters, made when the tables were empty and as good when they
 * are not. Others read a whole table because it was small, or unknown, when they were made (payments of a new installation: 305 → 385 orders a second after
 * 7,000 of them), or walk a partial index that looked short. An index walked from end to end is by index too: a join with rows that were sent says `= ANY`.
 */
export const plansByIndex = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off' };

/** Opens a database lazily: nothing touches the network before the first use, so a process starts while its database is away. */
export async function connect(options: ConnectOptions): Promise<Database> {
  const { url, entities, migrations, poolMax = 10, statementTimeoutMs = 5000, applicationName = 'boxoffice', log } = options;
  const { answerTimeoutMs = statementTimeoutMs + 5000 } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const pool = createPool({ url, poolMax, statementTimeoutMs, answerTimeoutMs, settings, applicationName, log });
  const orm = openOrm({ url, entities, pool, log });
  const sayHints = hintSayer((text, values) => query(db, text, values));
  let closing: Promise<void> | undefined;
  const db: Database = {
    url,
    orm,
    transaction: async (work) => {
      const { result, tx } = await inTransaction(orm, work);
      sayHints(hintsOf(tx));
      return result;
    },
    em: () => orm.em.fork(),
    query: (text, values) => query(db, text, values),
    pipeline: (statements) => sendTogether(pool, statements),
    hint: (channel, payload = '') => sayHints([{ channel, payload }]),
    ping: async () => void (await query(db, 'SELECT 1')),
    pendingMigrations: () => pendingMigrations(db, migrations),
    migrate: () => migrate(url, migrations, log),
    pool: () => pool.state(),
    close: () => {
      closing ??= closeWithin(5000, orm, pool);
      return closing;
    },
  };
  return db;
}

/** A MikroORM over our own pool. Opens no connection. */
export function openOrm({ url, entities, pool, log }: { url: string; entities: Entities; pool: Pool; log: Log | undefined }): MikroORM {
  return new MikroORM({
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    entities,
    driverOptions: () => new PostgresDialect({ pool }),
    discovery: { warnWhenNoEntities: false },
    logger: (message) => log?.warn({}, message),
    colors: false,
  });
}

/** begin/commit by hand, not em.transactional(): that one follows AsyncLocalStorage into work that was only started, not awaited. */
async function inTransaction<T>(orm: MikroORM, work: (tx: Tx) => Promise<T>): Promise<{ result: T; tx: Tx }> {
  const tx = orm.em.fork();
  await tx.begin({ isolationLevel: IsolationLevel.READ_COMMITTED });
  try {
    const result = await work(tx);
    await tx.commit();
    return { result, tx };
  } catch (error) {
    await tx.rollback().catch(() => undefined); // a dead connection is rolled back by the server; the first error is the one to tell
    throw error;
  }
}

async function closeWithin(ms: number, orm: MikroORM, pool: Pool): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${pool.state().inUse} database connection(s) still in use after ${ms} ms`));
      pool.abandon();
    }, ms);
  });
  try {
    await Promise.race([Promise.all([orm.close(true), pool.end()]), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** For `Part.ready`: throws the reason while the database is away or its schema is older than this process. */
export const readyCheck = (db: Pick<Database, 'pendingMigrations'>) => async (): Promise<void> => {
  const pending = await db.pendingMigrations();
  if (pending.length > 0) throw new Error(`the database lacks ${pending.length} migration(s): ${pending.join(', ')}`);
};
