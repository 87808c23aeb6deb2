/** Relays share the work by shards; a key belongs to one of them for ever, so its order has one keeper at a time. */
export const shardCount = 16;

/** Tables of a service that says or hears messages; statements for its first migration. Its second is `outboxRelays`. */
export const messagingSchema: string[] = [
  `CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    shard smallint NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    envelope text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz
  ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`,
  // By position alone: with the shard in front a backlog of 50,000 was sorted at every turn, 22 ms instead of 0.2 ms.
  'CREATE INDEX outbox_unsent ON outbox (position) WHERE sent_at IS NULL',
  'CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL',
  'CREATE TABLE outbox_shards (shard smallint PRIMARY KEY, owner uuid, until timestamptz)',
  `INSERT INTO outbox_shards (shard) SELECT generate_series(0, ${shardCount - 1})`,
  `CREATE TABLE inbox (
    group_name text NOT NULL,
    message_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (group_name, message_id)
  )`,
  'CREATE INDEX inbox_received ON inbox (received_at)',
  `CREATE TABLE parked_messages (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_name text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    error text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dead_at timestamptz
  )`,
  'CREATE INDEX parked_messages_waiting ON parked_messages (group_name, topic, key, position) WHERE dead_at IS NULL',
];

/** The relays that live, so that they can share the shards; a migration of every service that says messages. */
export const outboxRelays = {
  name: '0002-outbox-relays',
  up: ['CREATE TABLE outbox_relays (owner uuid PRIMARY KEY, until timestamptz NOT NULL)'],
};
