import type { AuditedService, Sql } from '@boxoffice/audit';
import { connect, type Database } from '@boxoffice/postgres';
import type { z } from 'zod';
import type { ComposeConfig } from './config.ts';

/** Databases of others, which this process can read and never write. */
export interface Databases {
  sql: Sql;
  /** Throws with the name of a database that does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

type Urls = Pick<
  z.output<typeof ComposeConfig>,
  | 'AUDIT_BOOKING_DATABASE_URL'
  | 'AUDIT_IDENTITY_DATABASE_URL'
  | 'AUDIT_PAYMENT_DATABASE_URL'
  | 'AUDIT_TICKETING_DATABASE_URL'
  | 'AUDIT_ANALYTICS_DATABASE_URL'
  | 'AUDIT_STATEMENT_TIMEOUT_MS'
>;

/**
 * Opens them lazily. A session is read-only whatever its role may do; two connections each: one for the look, one for /readyz.
 */
export async function openDatabases(config: Urls): Promise<Databases> {
  const urls: Record<AuditedService, string> = {
    booking: config.AUDIT_BOOKING_DATABASE_URL,
    identity: config.AUDIT_IDENTITY_DATABASE_URL,
    payment: config.AUDIT_PAYMENT_DATABASE_URL,
    ticketing: config.AUDIT_TICKETING_DATABASE_URL,
    'notification-analytics': config.AUDIT_ANALYTICS_DATABASE_URL,
  };
  const open = (url: string) =>
    connect({
      url,
      entities: [],
      migrations: [],
      poolMax: 2,
      statementTimeoutMs: config.AUDIT_STATEMENT_TIMEOUT_MS,
      settings: { default_transaction_read_only: 'on' },
      applicationName: 'auditor',
    });
  const entries = await Promise.all(Object.entries(urls).map(async ([service, url]) => [service, await open(url)] as const));
  const databases = Object.fromEntries(entries) as Record<AuditedService, Database>; // the same keys
  return {
    sql: (service, text, values) => databases[service].query(text, values),
    ping: async () => {
      for (const [service, db] of entries)
        await db.ping().catch((cause: unknown) => Promise.reject(new Error(`the database of ${service} does not answer`, { cause })));
    },
    close: async () => void (await Promise.all(entries.map(([, db]) => db.close()))),
  };
}
