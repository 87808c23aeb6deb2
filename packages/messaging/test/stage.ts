import type { MessageType } from '@boxoffice/contracts';
import { type Database, query } from '@boxoffice/postgres';
import { createLogger, createMetrics, newId } from '@boxoffice/service-kit';
import { testDatabase } from '@boxoffice/testing';
import { z } from 'zod';
import { messagingSchema, type Outgoing, outbox, outboxRelays, type Subscriber, type Transport } from '../src/index.ts';

export const logger = createLogger({ service: 'booking', level: 'silent' });
export const edges = () => ({ logger, metrics: createMetrics('booking') });

const Step = z.object({ name: z.string(), n: z.number().int() });
/** A fact of a topic of its own: `name` has come to `n`. */
export const stepsOf = (topic: string): MessageType<typeof Step> => ({
  topic,
  version: 1,
  partitions: 3,
  payload: Step,
  keyOf: ({ name }) => name,
});
export type Steps = ReturnType<typeof stepsOf>;

export const migrations = [
  {
    name: 'messaging',
    up: [
      ...messagingSchema,
      ...outboxRelays.up,
      'CREATE TABLE counters (name text PRIMARY KEY, n integer NOT NULL DEFAULT 0)',
      // No unique index: an effect that happened twice must show.
      'CREATE TABLE effects (position bigint GENERATED ALWAYS AS IDENTITY, topic text NOT NULL, name text NOT NULL, n integer NOT NULL)',
    ],
  },
];
export const database = (poolMax = 10): Promise<Database> => testDatabase({ name: 'messaging', entities: [], migrations, poolMax });

/** Takes a counter one further and says so, as a use case does: its row is locked first. */
export const count = (db: Database, type: Steps, name: string): Promise<void> =>
  db.transaction(async (tx) => {
    const [row] = await query<{ n: number }>(
      tx,
      'INSERT INTO counters (name, n) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET n = counters.n + 1 RETURNING n',
      [name],
    );
    await outbox(tx, type, { name, n: row?.n ?? 0 });
    await query(tx, 'SELECT pg_sleep(random() * 0.004)'); // commits come in another order than the sequence's numbers
  });

/** A message as it travels. */
export function messageOf(type: Steps, payload: z.input<typeof Step>, envelope: { id?: string; version?: number } = {}): Outgoing {
  const key = type.keyOf(payload);
  const whole = { id: newId(), type: type.topic, version: type.version, key, occurredAt: new Date().toISOString(), traceparent: null, payload };
  return { topic: type.topic, key, value: JSON.stringify({ ...whole, ...envelope }) };
}

/** The effects of a topic by name, in the order they happened. */
export async function effectsOf(db: Database, { topic }: Steps): Promise<Record<string, number[]>> {
  const rows = await db.query<{ name: string; n: number }>('SELECT name, n FROM effects WHERE topic = $1 ORDER BY position', [topic]);
  return grouped(rows);
}

export function grouped(rows: { name: string; n: number }[]): Record<string, number[]> {
  const byName: Record<string, number[]> = {};
  for (const { name, n } of rows) byName[name] = [...(byName[name] ?? []), n];
  return byName;
}

/** What a list looks like to an inbox: each value where it came first. */
export const firsts = (values: number[]): number[] => [...new Set(values)];
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

/** A transport over which a test itself hands over messages, as many at a time as it likes; keeps what is published. */
export function byHand(): { transport: Transport; published: Outgoing[]; hand(messages: readonly Outgoing[]): Promise<void> } {
  const stopping = new AbortController();
  const published: Outgoing[] = [];
  let subscriber: Subscriber | undefined;
  return {
    published,
    transport: {
      publish: async (messages) => void published.push(...messages),
      subscribe: async (one) => {
        subscriber = one;
        return { stop: async () => stopping.abort() };
      },
      close: async () => {},
    },
    hand: async (messages) => subscriber?.onMessages(messages, { heartbeat: async () => {}, stopping: stopping.signal }),
  };
}
