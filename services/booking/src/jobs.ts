import { purgeJob } from '@boxoffice/messaging';
import { type Database, purgeIdempotencyKeys } from '@boxoffice/postgres';
import type { Job } from '@boxoffice/service-kit';

/** Housekeeping: nothing here decides about a sale, and every replica may run all of it. `payOwed` is Redis' seat locks'. */
export const jobs = (db: Database, reap: { run(): Promise<number>; everyMs: number }, payOwed?: () => Promise<number>): Job[] => [
  { name: 'reap', ...reap },
  ...(payOwed ? [{ name: 'seat-locks', everyMs: 2000, run: payOwed }] : []),
  purgeIdempotencyKeys(db),
  purgeJob(db),
];
