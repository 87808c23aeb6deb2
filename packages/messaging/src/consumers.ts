import type { Database } from '@boxoffice/postgres';
import type { Counter, Histogram, Job, Logger, Metrics, Worker } from '@boxoffice/service-kit';
import { applyAll, Pace, type Read, whileAway } from './apply.ts';
import { bury } from './dead-letters.ts';
import { type Handler, readMessage, Unreadable } from './handlers.ts';
import { retryJob } from './parked.ts';
import { purgeJob } from './purge.ts';
import { together } from './together.ts';
import type { Delivery, Incoming, Subscription, Transport } from './transport.ts';

export type ConsumerOptions = {
  db: Database;
  transport: Transport;
  /** Consumer group: the service's name. */
  group: string;
  handlers: readonly Handler[];
  logger: Logger;
  metrics: Metrics;
};

/** What became of a message. */
export type Outcome = 'handled' | 'duplicate' | 'parked' | 'dead';
export type Consumer = ConsumerOptions & {
  counted: Counter<'group' | 'topic' | 'outcome'>;
  ages: Histogram<'group' | 'topic'>;
  pace: Pace;
};

/** From 10 ms, a good day, to an hour, a night without a database. */
const ageBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];

/**
 * Hears messages: the inbox row and the effect in one transaction, so each message has its effect once however often it comes. What cannot
 * be read goes to the dead-letter topic at once. What fails is tried three times, then parked, and later messages of its key queue up
 * behind it; a job tries parked ones again. While the database is away the message just waits.
 */
export function consumers(options: ConsumerOptions): { worker: Worker; jobs: Job[] } {
  const { db, transport, group, handlers, metrics } = options;
  const consumer: Consumer = {
    ...options,
    counted: metrics.counter('boxoffice_messages_total', 'Messages by group, topic and what became of them.', ['group', 'topic', 'outcome']),
    ages: metrics.histogram('boxoffice_message_age_seconds', 'From the fact to its committed effect.', ['group', 'topic'], ageBuckets),
    pace: new Pace(),
  };
  metrics.gauge('boxoffice_messages_parked', 'Messages set aside: waiting for another attempt, or dead.', ['group', 'state'], async (gauge) => {
    const [row] = await db.query<{ waiting: number; dead: number }>(
      'SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(dead_at) AS dead FROM parked_messages WHERE group_name = $1',
      [group],
    );
    gauge.set({ group, state: 'waiting' }, row?.waiting ?? 0);
    gauge.set({ group, state: 'dead' }, row?.dead ?? 0);
  });
  const lines: Lines = new Map(handlers.map(({ topic }) => [topic, together((messages, delivery) => applyAll(consumer, messages, delivery))]));
  let subscription: Subscription | undefined;
  const worker: Worker = {
    name: `consumer ${group}`,
    start: async () => {
      const topics = [...lines.keys()];
      subscription = await transport.subscribe({
        group,
        topics,
        onMessages: (messages, delivery) => consume(consumer, messages, { lines, delivery }),
      });
    },
    stop: async () => subscription?.stop(),
  };
  return { worker, jobs: [retryJob(consumer), purgeJob(db)] };
}

/** By topic: where its messages are applied. */
type Lines = Map<string, (messages: readonly Read[], delivery: Delivery) => Promise<void>>;

async function consume(consumer: Consumer, messages: readonly Incoming[], { lines, delivery }: { lines: Lines; delivery: Delivery }): Promise<void> {
  const readable: Read[] = [];
  for (const message of messages) {
    try {
      readable.push({ ...readMessage(consumer.handlers, message.topic, message.value), key: message.key, value: message.value });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      await buryUnreadable(consumer, message, { error, delivery }); // holds nobody up, so it need not keep its place
    }
  }
  const [first] = readable;
  if (first) await lines.get(first.envelope.type)?.(readable, delivery); // it was read, so its topic is one of them
}

async function buryUnreadable(consumer: Consumer, message: Incoming, { error, delivery }: { error: Unreadable; delivery: Delivery }): Promise<void> {
  const { group, counted } = consumer;
  const place = { group, topic: message.topic, key: message.key };
  await whileAway(consumer, delivery, () => bury(consumer, place, { value: message.value, error: error.message, attempts: 0 }));
  counted.inc({ group, topic: message.topic, outcome: 'dead' });
}
