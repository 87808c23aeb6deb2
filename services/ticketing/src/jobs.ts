import { type Database, purgeIdempotencyKeys } from '@boxoffice/postgres';
import type { Job } from '@boxoffice/service-kit';

/** What time brings: check-ins older than a day no longer need their idempotency keys. */
export const jobs = ({ db }: { db: Database }): Job[] => [purgeIdempotencyKeys(db)];
