import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createDatabase, identifier, literal, type Session, withSession } from '@boxoffice/postgres';
import { ConfigFault, type Logger } from '@boxoffice/service-kit';
import type { z } from 'zod';
import type { DatabasesConfig, Owned } from './config.ts';
import { until } from './until.ts';

type Settings = z.output<typeof DatabasesConfig>;
const auditor = 'auditor';
/** All that the auditor may see of who people are: how messages travel. */
const openInIdentity = ['outbox', 'inbox', 'parked_messages'];

/**
 * Makes each service's role and database and sets the role's password; gives the auditor, where it has a password, what it may read. Can run
 * again at any time: it only ever adds. Throws when PostgreSQL does not answer in time, and a ConfigFault without the password of a role.
 */
export async function ensureDatabases(settings: Settings, logger: Logger): Promise<void> {
  const auditorPassword = await passwordOf(settings, auditor).catch(() => undefined);
  const audited = auditorPassword !== undefined;
  for (const owned of settings.DATABASES) {
    const server = urlOf(settings, owned, 'postgres');
    await until(settings.WAIT_MS, `PostgreSQL at ${owned.host}:${owned.port}`, () => letIn(server, owned));
    await withSession(server, async (session) => {
      await ensureRole(session, owned.role, await passwordOf(settings, owned.service));
      if (audited) await ensureRole(session, auditor, auditorPassword);
      await ensureDatabase(session, owned, audited);
    });
    if (audited) await withSession(urlOf(settings, owned, owned.database), (session) => letRead(session, owned));
    logger.info({ service: owned.service, database: owned.database }, 'database is there');
  }
  if (audited) await letReadIdentity(settings);
}

/** PostgreSQL's code for a wrong password. */
const wrongPassword = '28P01';

async function letIn(server: string, { host, port }: Owned): Promise<void> {
  try {
    await withSession(server, (session) => session.query('SELECT 1'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === wrongPassword)) throw error;
    throw new ConfigFault(
      `PostgreSQL at ${host}:${port} refuses POSTGRES_PASSWORD: its volume was made with another one. Put that one back into the Secret, or give it a new volume.`,
    );
  }
}

async function ensureRole(session: Session, role: string, password: string): Promise<void> {
  const [known] = await session.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const words = `${identifier(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${literal(password)}`;
  await session.query(known ? `ALTER ROLE ${words}` : `CREATE ROLE ${words}`);
}

async function ensureDatabase(session: Session, { database, role }: Owned, audited: boolean): Promise<void> {
  await createDatabase(session, database, role);
  // Else every role of the server may connect.
  await session.query(`REVOKE ALL ON DATABASE ${identifier(database)} FROM PUBLIC`);
  if (audited) await session.query(`GRANT CONNECT ON DATABASE ${identifier(database)} TO ${auditor}`);
}

/** Tables of today and of tomorrow; of identity see `letReadIdentity`. */
async function letRead(session: Session, { service, role }: Owned): Promise<void> {
  await session.query(`GRANT USAGE ON SCHEMA public TO ${auditor}`);
  if (service === 'identity') return;
  await session.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${auditor}`);
  await session.query(`ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(role)} IN SCHEMA public GRANT SELECT ON TABLES TO ${auditor}`);
}

/** Table by table, so only once identity's schema is there. */
async function letReadIdentity(settings: Settings): Promise<void> {
  const identity = settings.DATABASES.find(({ service }) => service === 'identity');
  if (!identity) return;
  const tables = openInIdentity.map(identifier).join(', ');
  const grant = (session: Session) => session.query(`GRANT SELECT ON ${tables} TO ${auditor}`);
  await until(settings.WAIT_MS, 'the schema of identity', () => withSession(urlOf(settings, identity, identity.database), grant));
}

const urlOf = ({ POSTGRES_USER, POSTGRES_PASSWORD }: Settings, { host, port }: Owned, database: string): string =>
  `postgres://${encodeURIComponent(POSTGRES_USER)}:${encodeURIComponent(POSTGRES_PASSWORD)}@${host}:${port}/${encodeURIComponent(database)}`;

async function passwordOf({ PASSWORDS_FOLDER }: Settings, who: string): Promise<string> {
  const password = await readFile(path.join(PASSWORDS_FOLDER, who), 'utf8').catch(() => '');
  if (password.trim() === '') throw new ConfigFault(`${path.join(PASSWORDS_FOLDER, who)} holds no password: see PASSWORDS_FOLDER.`);
  return password.trim();
}
