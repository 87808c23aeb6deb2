import { type Database, purgeIdempotencyKeys } from '@boxoffice/postgres';
import type { Job } from '@boxoffice/service-kit';
import { purgeLoginAttempts } from './persistence/login-attempts.sql.ts';
import { purgeSessions } from './persistence/sessions.sql.ts';

/** Forgets what no longer counts. */
export const jobs = (db: Database): Job[] => [
  { name: 'purge login attempts', everyMs: 60_000, run: () => purgeLoginAttempts(db) },
  { name: 'purge sessions', everyMs: 3_600_000, run: () => purgeSessions(db) },
  purgeIdempotencyKeys(db),
];
