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
