import type { Envelope, MessageType } from '@boxoffice/contracts';
import { afterCommit, type Database, query, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { shardCount } from './schema.ts';

/** Kafka takes 1 MiB per request and partition, and a message it never takes would hold up its shard for ever. More belongs in a table. */
const maxBytes = 256 * 1024;

/** The channel a relay listens on; only a hint that rows were committed, or with the second as payload that shards changed hands. */
export const outboxChannel = 'outbox';
export const shardsChanged = 'shards';

/**
 * Says a fact in the transaction that made it one: it leaves if and only if the transaction commits. Answers the message's id.
 * Throws on a payload that breaks its schema or is larger than 256 KiB.
 * Order per key is the order of insertion, so writers of one key must hold its row lock first, as every use case does.
 */
export async function outbox<P extends z.ZodType>(
  tx: Tx,
  type: MessageType<P>,
  fact: z.input<P>,
  options: { traceparent?: string | undefined } = {},
): Promise<string> {
  const payload = type.payload.parse(fact);
  const id = newId();
  const key = type.keyOf(payload);
  const envelope: Envelope = {
    id,
    type: type.topic,
    version: type.version,
    key,
    occurredAt: new Date().toISOString(),
    traceparent: options.traceparent ?? null,
    payload,
  };
  const text = JSON.stringify(envelope);
  if (Buffer.byteLength(text) > maxBytes) throw new Error(`${type.topic} ${key.slice(0, 100)}: too large for a message`);
  await query(tx, `INSERT INTO outbox (id, shard, topic, key, envelope) VALUES ($1, abs(hashtext($3)::bigint) % ${shardCount}, $2, $3, $4)`, [
    id,
    type.topic,
    key,
    text,
  ]);
  afterCommit(tx, wakeRelays);
  return id;
}

type Waker = { busy: boolean; again: boolean };
const wakers = new WeakMap<Database, Waker>();
/** Between two hints; under load a relay is awake anyway. */
const hintEveryMs = 5;

/**
 * Tells the relays of all replicas, after the commit and once for all that was committed meanwhile. Not in the transaction: the commits of those that
 * NOTIFY wait for each other in the whole cluster, each for the disk. A hint that is lost costs half a second, until a relay looks by itself.
 */
function wakeRelays(db: Database): void {
  const waker = wakers.get(db) ?? { busy: false, again: false };
  wakers.set(db, waker);
  if (waker.busy) {
    waker.again = true;
    return;
  }
  Object.assign(waker, { busy: true, again: false });
  const next = () => {
    waker.busy = false;
    if (waker.again) wakeRelays(db);
  };
  const later = () => void setTimeout(next, hintEveryMs).unref();
  db.query('SELECT pg_notify($1, $2)', [outboxChannel, '']).then(later, later);
}
