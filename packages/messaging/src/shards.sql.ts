import type { Database } from '@boxoffice/postgres';
import { outboxChannel, shardsChanged } from './outbox.ts';
import { shardCount } from './schema.ts';

/** What an owner may have: as much as there is for each relay that lives. The database clock judges. */
const share = `(SELECT ceil(${shardCount}::numeric / greatest(count(*), 1))::int FROM outbox_relays WHERE until > clock_timestamp())`;
const leased = `clock_timestamp() + $2 * interval '1 ms'`;

const live = `INSERT INTO outbox_relays (owner, until) VALUES ($1, ${leased}) ON CONFLICT (owner) DO UPDATE SET until = excluded.until`;
const bury = `DELETE FROM outbox_relays WHERE owner <> $1 AND until < clock_timestamp() - interval '1 minute'`;
/** Renews its own, up to its share, and gives up the others. */
const renew = `
  WITH mine AS (SELECT shard, row_number() OVER (ORDER BY shard) <= ${share} AS kept FROM outbox_shards WHERE owner = $1)
  UPDATE outbox_shards s SET owner = CASE WHEN kept THEN s.owner END, until = CASE WHEN kept THEN ${leased} END
  FROM mine WHERE s.shard = mine.shard AND s.owner = $1 RETURNING kept`;
/** Takes what is free or has run out, up to its share. */
const take = `
  UPDATE outbox_shards SET owner = $1, until = ${leased} WHERE shard = ANY (ARRAY(
    SELECT shard FROM outbox_shards WHERE owner IS NULL OR until <= clock_timestamp() ORDER BY shard
    LIMIT greatest(0, ${share} - (SELECT count(*) FROM outbox_shards WHERE owner = $1)) FOR UPDATE SKIP LOCKED))`;

/**
 * Lives for another `leaseMs`, and so do the shards it has, up to its share: it gives up what is too much and takes what is free. Answers the shards it has.
 * A relay that gave some up tells the others, who wait for them.
 */
export async function lease(db: Database, owner: string, leaseMs: number): Promise<number[]> {
  const values = [owner, leaseMs];
  const [, , renewed, , mine] = await db.pipeline([
    { text: live, values },
    { text: bury, values: [owner] },
    { text: renew, values },
    { text: take, values },
    { text: 'SELECT shard FROM outbox_shards WHERE owner = $1', values: [owner] },
  ]);
  if ((renewed as { kept: boolean }[]).some(({ kept }) => !kept)) await tellOfShards(db);
  return (mine as { shard: number }[]).map(({ shard }) => shard);
}

/** Somebody came, or has given up shards: whoever hears it looks at its lease at once instead of in its own time. */
export const tellOfShards = (db: Database) => db.query('SELECT pg_notify($1, $2)', [outboxChannel, shardsChanged]);

/** A relay that goes leaves its shards to the others, who are told. */
export async function release(db: Database, owner: string): Promise<void> {
  await db.pipeline([
    { text: 'UPDATE outbox_shards SET owner = NULL, until = NULL WHERE owner = $1', values: [owner] },
    { text: 'DELETE FROM outbox_relays WHERE owner = $1', values: [owner] },
    { text: 'SELECT pg_notify($1, $2)', values: [outboxChannel, shardsChanged] },
  ]);
}
