import pg from 'pg';
import { keepAliveAfterMs } from './silent.ts';

/** A session of one's own. */
export interface Session {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** One connection outside any pool, for what needs a session (advisory locks) or must not run in a transaction (CREATE DATABASE). Ends with `work`. */
export async function withSession<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'boxoffice-session',
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // the query in flight rejects; a lost idle session is noticed by the next one
  await client.connect();
  try {
    return await work({ query: async (text, values = []) => (await client.query(text, [...values])).rows });
  } finally {
    await client.end();
  }
}

/** A name as an SQL identifier. */
export const identifier = (name: string): string => pg.escapeIdentifier(name);

/** A text as an SQL literal, where a statement takes no parameters: a password of CREATE ROLE. */
export const literal = (text: string): string => pg.escapeLiteral(text);

const duplicateDatabase = '42P04';

/** Creates a database on the server of this session; false when it was there. Looks first: who may not create databases can still find one. */
export async function createDatabase(session: Session, name: string, owner?: string): Promise<boolean> {
  if ((await session.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).length > 0) return false;
  try {
    await session.query(`CREATE DATABASE ${identifier(name)}${owner === undefined ? '' : ` OWNER ${identifier(owner)}`}`);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === duplicateDatabase) return false; // somebody else, at this moment
    throw error;
  }
}
