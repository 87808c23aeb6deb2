import { purgeIdempotencyKeys } from '@boxoffice/postgres';
import type { Job } from '@boxoffice/service-kit';
import type { Deps } from './deps.ts';
import { purgeExpired } from './use-cases/purge-expired.ts';

/** What identity does by the clock: housekeeping only, nothing waits for it. */
export const jobs = (deps: Pick<Deps, 'db'>): Job[] => [
  { name: 'purge-expired', everyMs: 60_000, run: purgeExpired(deps) },
  purgeIdempotencyKeys(deps.db),
];
