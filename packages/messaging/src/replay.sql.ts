import type { Database } from '@boxoffice/postgres';

/** What a person may know of a dead letter: no payload. `id` is its place in the table, for what nobody could read has no id of its own. */
export type DeadLetter = { id: number; topic: string; key: string; error: string; attempts: number; ageSeconds: number };

/** The dead letters of a group, oldest first. */
export const deadLetters = (db: Database, group: string): Promise<DeadLetter[]> =>
  db.query<DeadLetter>(
    `SELECT position AS id, topic, key, error, attempts, floor(extract(epoch FROM clock_timestamp() - dead_at))::int AS "ageSeconds"
     FROM parked_messages WHERE group_name = $1 AND dead_at IS NOT NULL ORDER BY position`,
    [group],
  );

/** Parks them again, where they were, so that the first of a key is tried first; with all of its attempts. Answers how many were still dead. */
export async function revive(db: Database, group: string, ids: readonly number[]): Promise<number> {
  const rows = await db.query(
    `UPDATE parked_messages SET dead_at = NULL, attempts = 0, next_at = clock_timestamp()
     WHERE group_name = $1 AND position = ANY ($2::bigint[]) AND dead_at IS NOT NULL RETURNING 1`,
    [group, ids],
  );
  return rows.length;
}
