/** How many shards an outbox has: the most relays that can share its work. */
export const shardCount = 16;

/**
 * SQL statements for a service's first migration: outbox, outbox_shards, outbox_relays, inbox, parked_messages.
 * Sent and received rows are kept for a while and purged; BRIN (a few kB) finds the old ones, because rows arrive in the order of time.
 */
export const messagingSchema: string[] = [
  // The shard is hashed from the key alone, so that all topics of one aggregate leave by the same relay.
  `CREATE TABLE outbox (
     id uuid PRIMARY KEY,
     seq bigint GENERATED ALWAYS AS IDENTITY,
     shard smallint NOT NULL GENERATED ALWAYS AS (hashtext(key) & ${shardCount - 1}) STORED,
     topic text NOT NULL,
     key text NOT NULL,
     envelope text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
     sent_at timestamptz
   ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)`,
  'CREATE INDEX outbox_unsent ON outbox (shard, seq) WHERE sent_at IS NULL',
  'CREATE INDEX outbox_created ON outbox USING brin (created_at)',

  'CREATE TABLE outbox_shards (shard smallint PRIMARY KEY, owner uuid, until timestamptz) WITH (fillfactor = 50)',
  `INSERT INTO outbox_shards (shard) SELECT generate_series(0, ${shardCount - 1})`,
  'CREATE TABLE outbox_relays (owner uuid PRIMARY KEY, until timestamptz NOT NULL) WITH (fillfactor = 50)',

  `CREATE TABLE inbox (
     group_name text NOT NULL,
     message_id uuid NOT NULL,
     received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
     PRIMARY KEY (group_name, message_id)
   )`,
  'CREATE INDEX inbox_received ON inbox USING brin (received_at)',

  // A row with dead_at is a dead letter: it waits for nobody and nobody waits for it.
  `CREATE TABLE parked_messages (
     position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     group_name text NOT NULL,
     message_id uuid NOT NULL,
     topic text NOT NULL,
     key text NOT NULL,
     envelope text NOT NULL,
     attempts integer NOT NULL,
     error text NOT NULL,
     parked_at timestamptz NOT NULL DEFAULT statement_timestamp(),
     next_at timestamptz NOT NULL,
     dead_at timestamptz,
     UNIQUE (group_name, message_id)
   )`,
  'CREATE INDEX parked_messages_waiting ON parked_messages (group_name, topic, key, position) WHERE dead_at IS NULL',
  'CREATE INDEX parked_messages_due ON parked_messages (group_name, next_at) WHERE dead_at IS NULL',
];
