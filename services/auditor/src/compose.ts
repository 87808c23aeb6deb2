import type { RedisConnection } from '@boxoffice/redis';
import type { Part, Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { auditJob } from './audit-job.ts';
import { ComposeConfig } from './config.ts';
import { openDatabases } from './databases.ts';
import { lockScan } from './seat-locks.ts';

export { ComposeConfig, Config } from './config.ts';

/** What the auditor needs from its process; without Redis or Kafka it looks at the databases alone. */
export type Edges = Pick<Platform, 'logger' | 'metrics'> & {
  redis?: RedisConnection | undefined;
  deadLetters?: (() => Promise<Map<string, number>>) | undefined;
};

/** Puts the auditor together: one job that reads and counts. It answers nothing but probes. `close` ends its connections and leaves the edges to whoever made them. */
export async function compose(given: z.input<typeof ComposeConfig>, { logger, metrics, redis, deadLetters }: Edges): Promise<Part<object>> {
  const config = ComposeConfig.parse(given);
  const databases = await openDatabases(config);
  const books = { sql: databases.sql, graceMs: config.AUDIT_GRACE_MS };
  const locks = redis && lockScan({ redis, ...books });
  const job = auditJob({ books, everyMs: config.AUDIT_EVERY_MS, fullEveryMs: config.AUDIT_FULL_EVERY_MS, logger, metrics, locks, deadLetters });
  return { name: 'auditor', api: {}, routes: [], jobs: [job], workers: [], ready: databases.ping, close: databases.close };
}
