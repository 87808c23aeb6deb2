import type { MessageType } from '@boxoffice/contracts';
import { query, type Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { z } from 'zod';

/** Channel of NOTIFY that tells relays to look. */
export const outboxChannel = 'outbox';

/** Larger facts belong in a table or a file, with their id in the message. Kafka takes 1 MiB per batch. */
const maxEnvelopeBytes = 256 * 1024;

export interface OutboxOptions {
  /** W3C trace context of the call that caused the fact. */
  traceparent?: string;
}

/**
 * Says a fact in the transaction that made it true; the relay carries it away after the commit. Answers the message's id. Throws (and so rolls back) when
 * the payload breaks the type's schema. Order per key is the order of these calls as long as transactions of one key follow each other, which the row lock on the
 * aggregate sees to.
 */
// eslint-disable-next-line max-params -- where, what kind, what; options are rare
export async function outbox<P extends z.ZodType>(tx: Tx, type: MessageType<P>, payload: z.input<P>, { traceparent }: OutboxOptions = {}): Promise<string> {
  const fact = type.payload.parse(payload);
  const id = newId();
  const key = type.keyOf(fact);
  const envelope = JSON.stringify({
    id,
    type: type.topic,
    version: type.version,
    key,
    occurredAt: new Date().toISOString(),
    traceparent: traceparent ?? null,
    payload: fact,
  });
  const bytes = Buffer.byteLength(envelope);
  if (bytes > maxEnvelopeBytes) throw new Error(`${type.topic} ${key}: ${bytes} bytes are too many for a message (${maxEnvelopeBytes})`);
  await query(tx, insertRow, [id, type.topic, key, envelope, outboxChannel]);
  return id;
}

// pg_notify is heard when (and only if) the transaction commits; many in one transaction arrive as one.
const insertRow = `
  INSERT INTO outbox (id, topic, key, envelope) VALUES ($1, $2, $3, $4)
  RETURNING pg_notify($5, '')`;
