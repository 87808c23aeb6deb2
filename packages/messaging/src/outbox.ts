import type { Envelope, MessageType } from '@boxoffice/contracts';
import { query, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { shardCount } from './schema.ts';

/** Kafka takes 1 MiB per request and partition, and a message it never takes would hold up its shard for ever. More belongs in a table. */
const maxBytes = 256 * 1024;

/** The channel a relay listens on; only a hint that rows were committed. */
export const outboxChannel = 'outbox';

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
  await query(
    tx,
    `WITH said AS (
       INSERT INTO outbox (id, shard, topic, key, envelope)
       VALUES ($1, abs(hashtext($3)::bigint) % ${shardCount}, $2, $3, $4))
     SELECT pg_notify('${outboxChannel}', '')`,
    [id, type.topic, key, text],
  );
  return id;
}
