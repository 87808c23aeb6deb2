import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@boxoffice/postgres';
import type { Counter, Job, Logger, Metrics, Worker } from '@boxoffice/service-kit';
import { isDatabaseAway } from './database-away.ts';
import { type Handler, type Readable, readMessage, Unreadable } from './handlers.ts';
import { isKeyParked, type Place, park, remember } from './parked.sql.ts';
import { retryJob } from './parked.ts';
import { purgeJob } from './purge.ts';
import { deadLetterTopic, type Incoming, type Subscription, type Transport } from './transport.ts';

export type ConsumerOptions = {
  db: Database;
  transport: Transport;
  /** Consumer group: the service's name. */
  group: string;
  handlers: readonly Handler[];
  logger: Logger;
  metrics: Metrics;
};

/** Attempts on the spot; what still fails is set aside, so that a partition never stands still. */
const attemptsAtOnce = 3;
const pauseMs = 100;
const firstParkMs = 1_000;
const awayPauseMs = 500;

/** What became of a message. */
export type Outcome = 'handled' | 'duplicate' | 'parked' | 'dead';
export type Consumer = ConsumerOptions & { counted: Counter<'group' | 'topic' | 'outcome'> };

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
  };
  metrics.gauge('boxoffice_messages_parked', 'Messages set aside: waiting for another attempt, or dead.', ['group', 'state'], async (gauge) => {
    const [row] = await db.query<{ waiting: number; dead: number }>(
      'SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(dead_at) AS dead FROM parked_messages WHERE group_name = $1',
      [group],
    );
    gauge.set({ group, state: 'waiting' }, row?.waiting ?? 0);
    gauge.set({ group, state: 'dead' }, row?.dead ?? 0);
  });
  let subscription: Subscription | undefined;
  const worker: Worker = {
    name: `consumer ${group}`,
    start: async () => {
      const topics = [...new Set(handlers.map(({ topic }) => topic))];
      subscription = await transport.subscribe({ group, topics, onMessage: (message) => consume(consumer, message) });
    },
    stop: async () => subscription?.stop(),
  };
  return { worker, jobs: [retryJob(consumer), purgeJob(db)] };
}

async function consume(consumer: Consumer, message: Incoming): Promise<void> {
  const { group, handlers, counted } = consumer;
  const place: Place = { group, topic: message.topic, key: message.key };
  let readable: Readable;
  try {
    readable = readMessage(handlers, message.topic, message.value);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    await whileAway(consumer, message, () => bury(consumer, place, { value: message.value, error: error.message, attempts: 0 }));
    return counted.inc({ ...placeLabels(place), outcome: 'dead' });
  }
  const outcome = await whileAway(consumer, message, () => effectOrPark(consumer, place, message, readable));
  counted.inc({ ...placeLabels(place), outcome });
}

const placeLabels = ({ group, topic }: Place) => ({ group, topic });

async function effectOrPark(consumer: Consumer, place: Place, message: Incoming, readable: Readable): Promise<Outcome> {
  const { db, logger } = consumer;
  if (await isKeyParked(db, place)) {
    await park(db, place, { value: message.value, error: 'behind an earlier message of its key', attempts: 0, dead: false, waitMs: 0 });
    return 'parked';
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await effect(consumer, readable);
    } catch (err) {
      if (isDatabaseAway(err) || message.stopping.aborted) throw err;
      const facts = { ...place, messageId: readable.envelope.id, attempt, err };
      if (attempt === attemptsAtOnce) {
        logger.error(facts, 'message parked');
        await park(db, place, { value: message.value, error: wordsOf(err), attempts: attempt, dead: false, waitMs: firstParkMs });
        return 'parked';
      }
      logger.warn(facts, 'message failed: trying again');
      await message.heartbeat();
      await sleep(pauseMs * 4 ** (attempt - 1), undefined, { signal: message.stopping });
    }
  }
}

/** Inbox row and effect, both or neither. */
async function effect({ db, group }: Consumer, { envelope, fact, handler }: Readable): Promise<Outcome> {
  return db.transaction(async (tx) => {
    if (!(await remember(tx, group, envelope.id))) return 'duplicate';
    await handler.handle(tx, fact, envelope);
    return 'handled';
  });
}

/** Buries a message: kept in the table for a person, told on the dead-letter topic for everybody else. */
export async function bury(consumer: Consumer, place: Place, message: { value: string; error: string; attempts: number }): Promise<void> {
  const { db, transport, logger } = consumer;
  logger.error({ ...place, error: message.error, attempts: message.attempts }, 'message is dead');
  await tellDead(transport, place, message); // first: it may have to be tried again, and the row is there once
  await park(db, place, { ...message, dead: true, waitMs: 0 });
}

export const tellDead = (
  transport: Transport,
  { group, topic, key }: Place,
  { value, error, attempts }: { value: string; error: string; attempts: number },
) =>
  transport.publish([
    {
      topic: deadLetterTopic(topic, group),
      key,
      value,
      headers: { 'x-origin-topic': topic, 'x-group': group, 'x-error': error, 'x-attempts': String(attempts) },
    },
  ]);

/** A database that is away is not the message's fault: waits until it is back, for as long as this subscriber runs. */
async function whileAway<T>({ logger, group }: Consumer, message: Incoming, work: () => Promise<T>): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await work();
    } catch (err) {
      if (!isDatabaseAway(err) || message.stopping.aborted) throw err;
      if (!told) logger.warn({ group, topic: message.topic, err }, 'the database is away: the message waits');
      await message.heartbeat();
      await sleep(awayPauseMs, undefined, { signal: message.stopping });
    }
  }
}

/** What went wrong, short enough for a column. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
