import type { Envelope, MessageType } from '@boxoffice/contracts';
import { hintAfterCommit, query, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { shardCount } from './schema.ts';

/** Kafka takes 1 MiB per request and partition, and a message it never takes would hold up its shard for ever. More belongs in a table. */
const maxBytes = 256 * 1024;

/** The channel a relay listens on; only a hint that rows were committed, or with the second as payload that shards changed hands. */
export const outboxChannel = 'outbox';
export const shardsChanged = 'shards';

/** A message that waits to be written. */
export type Said = { id: string; topic: string; key: string; envelope: string };

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
  const said = saying(type, fact, options);
  await outboxAll(tx, [said]);
  return said.id;
}

/** Several facts in one statement, in this order; see `outbox`. */
export async function outboxAll(tx: Tx, said: readonly Said[]): Promise<void> {
  if (said.length === 0) return;
  await query(
    tx,
    `INSERT INTO outbox (id, shard, topic, key, envelope) SELECT ${saidColumns} FROM unnest(${saidArrays(1)}) WITH ORDINALITY AS m (${saidNames}, n) ORDER BY m.n`,
    saidValues(said),
  );
  hintAfterCommit(tx, outboxChannel);
}

/** A fact as the row it becomes, for a statement that writes it together with the change (see `saidColumns`). Throws as `outbox` does. */
export function saying<P extends z.ZodType>(type: MessageType<P>, fact: z.input<P>, options: { traceparent?: string | undefined } = {}): Said {
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
  return { id, topic: type.topic, key, envelope: text };
}

/** `INSERT INTO outbox (id, shard, topic, key, envelope) SELECT …` from rows m of `unnest(saidArrays) AS m (saidNames)`. */
export const saidColumns = `m.id, abs(hashtext(m.key)::bigint) % ${shardCount}, m.topic, m.key, m.envelope`;
export const saidNames = 'id, topic, key, envelope';
/** The four array parameters of `saidValues`, numbered from `first`. */
export const saidArrays = (first: number): string => `$${first}::uuid[], $${first + 1}::text[], $${first + 2}::text[], $${first + 3}::text[]`;
export const saidValues = (said: readonly Said[]): string[][] => [
  said.map(({ id }) => id),
  said.map(({ topic }) => topic),
  said.map(({ key }) => key),
  said.map(({ envelope }) => envelope),
];
