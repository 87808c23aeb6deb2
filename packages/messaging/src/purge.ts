import type { Database } from '@boxoffice/postgres';
import type { Job } from '@boxoffice/service-kit';

const everyMs = 3_600_000;
/** Longer than Kafka keeps a message, so that nothing old can look new. */
const keepDays = 8;
const batch = 5_000;

/** Forgets sent messages and remembered ids after eight days, a batch at a time. `consumers` brings it along; a service that only says things adds it to its jobs. */
export const purgeJob = (db: Database): Job => ({
  name: 'purge outbox and inbox',
  everyMs,
  run: async () => {
    for (const [table, moment] of [
      ['outbox', 'sent_at'],
      ['inbox', 'received_at'],
    ] as const) {
      const some = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${moment} < clock_timestamp() - $1 * interval '1 day' LIMIT ${batch})) RETURNING 1`;
      while ((await db.query(some, [keepDays])).length === batch);
    }
  },
});
