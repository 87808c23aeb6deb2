import { type Database, query, type Tx } from '@boxoffice/postgres';

export type Parked = { position: number; topic: string; key: string; value: string; attempts: number };
export type Place = { group: string; topic: string; key: string };

/** Which of these keys have an earlier message waiting here? Later ones queue up behind it. */
export async function parkedKeys(
  db: Database,
  { group, topic, keys }: { group: string; topic: string; keys: readonly string[] },
): Promise<Set<string>> {
  const rows = await db.query<{ key: string }>(
    'SELECT DISTINCT key FROM parked_messages WHERE group_name = $1 AND topic = $2 AND key = ANY ($3) AND dead_at IS NULL',
    [group, topic, keys.map(storable)],
  );
  const waiting = new Set(rows.map(({ key }) => key));
  return new Set(keys.filter((key) => waiting.has(storable(key))));
}

/** A text column takes every character but this one; a message that has it is poison, and must not block its partition by that. */
const storable = (text: string) => text.replaceAll('\0', '');

/** Sets a message aside; `dead` ones wait for a person and hold nobody up. */
export const park = (
  target: Tx | Database,
  place: Place,
  message: { value: string; error: string; attempts: number; dead: boolean; waitMs: number },
) =>
  query(
    target,
    `INSERT INTO parked_messages (group_name, topic, key, value, error, attempts, next_at, dead_at)
     VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 ms', CASE WHEN $8 THEN clock_timestamp() END)`,
    [place.group, place.topic, storable(place.key), storable(message.value), storable(message.error), message.attempts, message.waitMs, message.dead],
  );

/** The first waiting message of each key, where its time has come. */
export const dueHeads = (db: Database, group: string): Promise<Parked[]> =>
  db.query<Parked>(
    `SELECT position, topic, key, value, attempts FROM (
       SELECT DISTINCT ON (topic, key) position, topic, key, value, attempts, next_at FROM parked_messages
       WHERE group_name = $1 AND dead_at IS NULL ORDER BY topic, key, position) head
     WHERE next_at <= clock_timestamp() ORDER BY position LIMIT 100`,
    [group],
  );

/** Locks it for one attempt; false when another replica is at it, has just tried it, or it is gone. */
export async function lockParked(tx: Tx, position: number): Promise<boolean> {
  const rows = await query(
    tx,
    'SELECT 1 FROM parked_messages WHERE position = $1 AND dead_at IS NULL AND next_at <= clock_timestamp() FOR UPDATE SKIP LOCKED',
    [position],
  );
  return rows.length > 0;
}

export const forgetParked = (tx: Tx, position: number) => query(tx, 'DELETE FROM parked_messages WHERE position = $1', [position]);

/** Counts a failed attempt; when it was the last one the message is dead and its key goes on. */
export const failParked = (db: Database, position: number, failure: { error: string; waitMs: number; dead: boolean }) =>
  db.query(
    `UPDATE parked_messages SET attempts = attempts + 1, error = $2, next_at = clock_timestamp() + $3 * interval '1 ms', dead_at = CASE WHEN $4 THEN clock_timestamp() END
     WHERE position = $1 AND dead_at IS NULL`,
    [position, failure.error, failure.waitMs, failure.dead],
  );

/** Remembers messages; answers those this group had not had before. In the order of their ids, so that two consumers of the same ones cannot deadlock. */
export async function remember(tx: Tx, group: string, messageIds: readonly string[]): Promise<Set<string>> {
  const rows = await query<{ message_id: string }>(
    tx,
    `INSERT INTO inbox (group_name, message_id) SELECT $1, id FROM (SELECT DISTINCT unnest($2::uuid[]) AS id ORDER BY 1) AS ids
     ON CONFLICT DO NOTHING RETURNING message_id`,
    [group, messageIds],
  );
  return new Set(rows.map(({ message_id }) => message_id));
}
