import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MessageType, messageTypes } from '@boxoffice/contracts';
import type { Logger, Metrics } from '@boxoffice/service-kit';
import { type Consumer, type EachBatchPayload, Kafka, type KafkaMessage, logLevel, type Producer, type SASLOptions } from 'kafkajs';
import { batchMost } from './apply.ts';
import { watchLag } from './kafka-lag.ts';
import type { KafkaConnection } from './kafka-settings.ts';
import type { Incoming, Outgoing, Subscriber, Subscription, Transport } from './transport.ts';

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'; // eslint-disable-line boundaries/environment-in-config -- kafkajs can be told no other way

// kafkajs 2.2.4 keeps a timer alive per connection, every millisecond under Node 24: run it only while requests wait.
const requestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: { pending: unknown[]; scheduleCheckPendingRequests(): void };
};
const schedule = requestQueue.prototype.scheduleCheckPendingRequests;
requestQueue.prototype.scheduleCheckPendingRequests = function guarded() {
  if (this.pending.length > 0) schedule.call(this);
};

export type KafkaOptions = KafkaConnection & { clientId: string; logger: Logger; metrics?: Metrics };

const publishDeadlineMs = 10_000;
const disconnectDeadlineMs = 3_000;
const retryMs = 1_000;
const heartbeatMs = 1_000;

function kafkaOf({ brokers, tls, user, clientId, logger }: KafkaOptions): Kafka {
  return new Kafka({
    clientId,
    brokers,
    ...(tls && { ssl: tls }),
    ...(user && { sasl: user as SASLOptions }), // its type wants to know which of the mechanisms
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 10 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, level, log }) =>
        logger[level <= logLevel.ERROR ? 'warn' : 'debug']({ namespace, error: log.error }, `kafka: ${log.message}`),
  });
}

/** Topics with the partitions their types ask for; those that exist stay as they are. Answers what it created. */
export async function ensureTopics(
  options: KafkaConnection & { types?: readonly MessageType[]; logger: Logger; replicationFactor?: number | undefined },
): Promise<string[]> {
  const { types = messageTypes, logger, replicationFactor } = options;
  const wanted = types.map(({ topic, partitions }) => ({ topic, numPartitions: partitions, ...(replicationFactor && { replicationFactor }) }));
  return createTopics(kafkaOf({ ...options, clientId: 'topics', logger }), wanted);
}

/** How many messages each dead-letter topic holds; empty while there is none. Throws while Kafka is away. */
export async function deadLetterDepths(options: KafkaOptions): Promise<Map<string, number>> {
  const admin = kafkaOf(options).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.endsWith('.dlt'));
    const offsets = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    const depth = (partitions: { high: string; low: string }[]) => partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    return new Map(topics.map((topic, at) => [topic, depth(offsets[at] ?? [])]));
  } finally {
    await within(disconnectDeadlineMs, admin.disconnect());
  }
}

async function createTopics(kafka: Kafka, wanted: { topic: string; numPartitions: number }[]): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const there = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !there.has(topic));
    if (missing.length) await admin.createTopics({ topics: missing, waitForLeaders: true });
    return missing.map(({ topic }) => topic);
  } finally {
    await within(disconnectDeadlineMs, admin.disconnect());
  }
}

/** Kafka. Connects at first use and goes on trying while the brokers are away; a publish that gets no answer in 10 s throws, and may have happened. */
export function kafkaTransport(options: KafkaOptions): Transport {
  const kafka = kafkaOf(options);
  const subscriptions = new Set<Subscription>();
  const deadLetterTopics = new Set<string>();
  let producer: Promise<Producer> | undefined;
  const connected = () => {
    producer ??= connectProducer(kafka).catch((error) => {
      producer = undefined;
      throw error;
    });
    return producer;
  };
  return {
    publish: async (messages) => {
      for (const { topic } of messages) if (topic.endsWith('.dlt')) await createOnce(kafka, deadLetterTopics, topic);
      const send = (sender: Producer) => sender.sendBatch({ acks: -1, timeout: 5_000, topicMessages: byTopic(messages) });
      await orThrow(publishDeadlineMs, connected().then(send)); // a frozen broker lets us connect, and says nothing
    },
    subscribe: async (subscriber) => {
      const subscription = keepSubscribed(kafka, subscriber, options);
      subscriptions.add(subscription);
      return subscription;
    },
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await within(
        disconnectDeadlineMs,
        producer?.then((sender) => sender.disconnect()),
      );
    },
  };
}

/** Gives up after two seconds when nobody listens: the relay has its own back-off. */
async function connectProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 5 } });
  await producer.connect();
  return producer;
}

/** Nobody plans a dead letter: its topic is made when the first one comes. */
async function createOnce(kafka: Kafka, known: Set<string>, topic: string): Promise<void> {
  if (known.has(topic)) return;
  await createTopics(kafka, [{ topic, numPartitions: 1 }]);
  known.add(topic);
}

const byTopic = (messages: readonly Outgoing[]) =>
  [...Map.groupBy(messages, ({ topic }) => topic)].map(([topic, group]) => ({
    topic,
    messages: group.map(({ key, value, headers }) => ({ key, value, ...(headers && { headers }) })),
  }));

/** A consumer that is built anew whenever kafkajs gives up, until it is stopped. */
function keepSubscribed(kafka: Kafka, subscriber: Subscriber, { logger, metrics }: KafkaOptions): Subscription {
  const rebuilt = metrics?.counter('boxoffice_consumer_rebuilt_total', 'Consumers that gave up and were built anew.', ['group']);
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await consumeUntilOver(kafka, subscriber, stopping.signal);
      } catch (err) {
        if (stopping.signal.aborted) return;
        rebuilt?.inc({ group: subscriber.group });
        logger.warn({ group: subscriber.group, err }, 'consumer stopped: building it again');
      }
      await sleep(retryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const running = run();
  const admin = kafka.admin();
  if (metrics) void watchLag({ admin, group: subscriber.group, topics: subscriber.topics, metrics, logger, stopping: stopping.signal });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([running, within(disconnectDeadlineMs, admin.disconnect())]);
    },
  };
}

async function consumeUntilOver(kafka: Kafka, { group, topics, onMessages }: Subscriber, stopping: AbortSignal): Promise<void> {
  const consumer = kafka.consumer({
    groupId: group,
    // Only keepSubscribed builds anew: a restart of kafkajs' own is a timer that also fires after the consumer was stopped.
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 10, restartOnFailure: async () => false },
    sessionTimeout: 10_000,
    rebalanceTimeout: 10_000,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
  });
  const over = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) over.reject(payload.error);
  });
  const stop = () => over.resolve();
  stopping.addEventListener('abort', stop, { once: true });
  const join = async () => {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 6,
      autoCommitInterval: 1_000,
      eachBatch: (batch) => eachInOrder(batch, onMessages, stopping),
    });
  };
  const joining = join();
  try {
    await Promise.race([joining, over.promise]); // a join takes as long as the broker likes; a stop does not wait for it
    await over.promise;
  } finally {
    stopping.removeEventListener('abort', stop); // a consumer is built anew as often as the brokers are away
    await leave(consumer);
    joining.then(
      () => leave(consumer), // it joined after all
      () => {},
    );
  }
}

/** A partition's messages in their order, some at a time; the offset moves only past what is dealt with. */
async function eachInOrder(
  { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, isRunning, isStale }: EachBatchPayload,
  onMessages: Subscriber['onMessages'],
  stopping: AbortSignal,
): Promise<void> {
  const beats = setInterval(() => void heartbeat().catch(() => {}), heartbeatMs);
  try {
    for (let at = 0; at < batch.messages.length; at += batchMost) {
      if (!isRunning() || isStale() || stopping.aborted) return;
      const some = batch.messages.slice(at, at + batchMost);
      await onMessages(
        some.map((message) => incoming(batch.topic, message)),
        { heartbeat, stopping },
      );
      resolveOffset(some.at(-1)?.offset ?? batch.lastOffset());
      await commitOffsetsIfNecessary();
      await heartbeat();
    }
  } finally {
    clearInterval(beats);
  }
}

const incoming = (topic: string, { key, value }: KafkaMessage): Incoming => ({ topic, key: key?.toString() ?? '', value: value?.toString() ?? '' });

async function leave(consumer: Consumer): Promise<void> {
  await within(disconnectDeadlineMs, consumer.disconnect());
}

/** Waits, but not for ever; what fails or hangs while saying goodbye concerns nobody. */
async function within(ms: number, work: Promise<unknown> = Promise.resolve()): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work.catch(() => {}), sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}

async function orThrow<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => Promise.reject(new Error(`Kafka gave no answer within ${ms} ms`)));
  late.catch(() => {}); // aborted when the work was in time
  work.catch(() => {}); // told by the race, or too late to matter
  return Promise.race([work, late]).finally(() => timer.abort());
}
