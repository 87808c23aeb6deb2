import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@boxoffice/postgres';
import type { Consumer, Outcome } from './consumers.ts';
import { asHandler, ConnectionLost, HandlerFailed, isDatabaseAway } from './database-away.ts';
import type { Handler, Readable } from './handlers.ts';
import { park, parkedKeys, remember } from './parked.sql.ts';
import type { Delivery } from './transport.ts';

/** A message that can be read, and as it came. */
export type Read = Readable & { value: string; key: string };

/** Attempts on the spot; what still fails is set aside, so that a partition never stands still. */
const attemptsAtOnce = 3;
const pauseMs = 100;
const firstParkMs = 1_000;
const awayPauseMs = 500;
/** A handler under which the connection is lost so often in a row while the database answers others is what loses it. */
const lossesMost = 10;
/** Messages of one transaction at most. */
export const batchMost = 64;
/** A transaction that takes longer holds its locks, and its first messages back, for too long. */
const longMs = 100;

/**
 * How many messages of a topic go together. One after a failure, for those that lock the same rows in another order fail together; half as many after
 * a long transaction (64 payments of eight tickets, which are drawn, take 140 ms; 32 take 70); else twice as many.
 */
export class Pace {
  readonly #most = new Map<string, number>();
  of(topic: string): number {
    return this.#most.get(topic) ?? 8;
  }
  failed(topic: string): void {
    this.#most.set(topic, 1);
  }
  took(topic: string, ms: number): void {
    const most = this.of(topic);
    this.#most.set(topic, ms > longMs ? Math.max(1, Math.floor(most / 2)) : Math.min(most * 2, batchMost));
  }
}

/** Applies messages of one topic and partition in their order, some in one transaction; each keeps its own fate. */
export async function applyAll(consumer: Consumer, messages: readonly Read[], delivery: Delivery): Promise<void> {
  for (let at = 0; at < messages.length; ) {
    const some = messages.slice(at, at + consumer.pace.of(messages[at]?.envelope.type ?? ''));
    await apply(consumer, some, delivery);
    at += some.length;
  }
}

/** In one transaction; when one of them fails in halves, until it is alone with its failure. */
async function apply(consumer: Consumer, messages: readonly Read[], delivery: Delivery): Promise<void> {
  const free = await queueBehindParked(consumer, messages, delivery);
  const [first] = free;
  if (!first) return;
  if (free.length === 1) return tell(consumer, [[first, await alone(consumer, first, delivery)]]);
  try {
    tell(consumer, await whileAway(consumer, delivery, () => effects(consumer, free), 0)); // lost under one of them: find out which
  } catch (error) {
    if (isDatabaseAway(error) || delivery.stopping.aborted) throw error;
    consumer.logger.debug({ err: error, messages: free.length }, 'messages failed together: trying them in halves');
    consumer.pace.failed(first.envelope.type);
    const half = Math.ceil(free.length / 2);
    await apply(consumer, free.slice(0, half), delivery);
    await apply(consumer, free.slice(half), delivery);
  }
}

/** Parks those whose key waits already; answers the others. */
async function queueBehindParked(consumer: Consumer, messages: readonly Read[], delivery: Delivery): Promise<Read[]> {
  const { db, group } = consumer;
  const topic = messages[0]?.envelope.type ?? '';
  const parked = await whileAway(consumer, delivery, () => parkedKeys(db, { group, topic, keys: messages.map(({ key }) => key) }));
  for (const message of messages.filter(({ key }) => parked.has(key))) {
    const place = { group, topic, key: message.key };
    const why = { value: message.value, error: 'behind an earlier message of its key', attempts: 0, dead: false, waitMs: 0 };
    await whileAway(consumer, delivery, () => park(db, place, why));
    tell(consumer, [[message, 'parked']]);
  }
  return messages.filter(({ key }) => !parked.has(key));
}

async function alone(consumer: Consumer, message: Read, delivery: Delivery): Promise<Outcome> {
  const { db, logger, group } = consumer;
  const place = { group, topic: message.envelope.type, key: message.key };
  for (let attempt = 1; ; attempt++) {
    try {
      const [done] = await whileAway(consumer, delivery, () => effects(consumer, [message]));
      return done?.[1] ?? 'duplicate';
    } catch (error) {
      if (isDatabaseAway(error) || delivery.stopping.aborted) throw error;
      const err = error instanceof HandlerFailed ? error.cause : error;
      const facts = { ...place, messageId: message.envelope.id, attempt, err };
      if (attempt === attemptsAtOnce) {
        logger.error(facts, 'message parked');
        const parked = { value: message.value, error: wordsOf(err), attempts: attempt, dead: false, waitMs: firstParkMs };
        await whileAway(consumer, delivery, () => park(db, place, parked));
        return 'parked';
      }
      logger.warn(facts, 'message failed: trying again');
      await delivery.heartbeat();
      await sleep(pauseMs * 4 ** (attempt - 1), undefined, { signal: delivery.stopping });
    }
  }
}

type Done = readonly [Read, Outcome];

/** Inbox rows and effects, all or none. */
async function effects({ db, group, pace }: Consumer, messages: readonly Read[]): Promise<Done[]> {
  const begun = performance.now();
  const all = await db.transaction(async (tx) => {
    const fresh = await remember(
      tx,
      group,
      messages.map(({ envelope }) => envelope.id),
    );
    const done = messages.map((message): Done => {
      const isFresh = fresh.delete(message.envelope.id);
      return [message, isFresh ? 'handled' : 'duplicate'];
    });
    const handled = done.flatMap(([message, outcome]) => (outcome === 'handled' ? message : []));
    for (const some of byHandler(handled)) await asHandler(tx, () => some.handler.handle(tx, some.heard));
    return done;
  });
  pace.took(messages[0]?.envelope.type ?? '', performance.now() - begun);
  return all;
}

/** Neighbours that one handler takes: versions of a topic alternate at most while its writers are replaced. */
function byHandler(messages: readonly Read[]): { handler: Handler; heard: Read[] }[] {
  const runs: { handler: Handler; heard: Read[] }[] = [];
  for (const message of messages) {
    const last = runs.at(-1);
    if (last?.handler === message.handler) last.heard.push(message);
    else runs.push({ handler: message.handler, heard: [message] });
  }
  return runs;
}

/** Counts what became of messages, and how old the ones were that had their effect. */
function tell({ group, counted, ages }: Consumer, done: readonly Done[]): void {
  const now = Date.now();
  for (const [{ envelope }, outcome] of done) {
    counted.inc({ group, topic: envelope.type, outcome });
    if (outcome === 'handled') ages.observe({ group, topic: envelope.type }, Math.max(0, now - Date.parse(envelope.occurredAt)) / 1000);
  }
}

/** A database that is away is not the message's fault: waits until it is back, for as long as this subscriber runs. */
export async function whileAway<T>(consumer: Consumer, delivery: Delivery, work: () => Promise<T>, lossesAtMost = lossesMost): Promise<T> {
  const { db, logger, group } = consumer;
  const { heartbeat, stopping } = delivery;
  for (let losses = 0; ; losses++) {
    try {
      return await work();
    } catch (err) {
      if (!isDatabaseAway(err) || stopping.aborted) throw err;
      const isThere = err instanceof ConnectionLost && (await isReachable(db));
      if (isThere && losses >= lossesAtMost) throw new HandlerFailed('the handler loses its connection', { cause: err.cause });
      if (losses === 0) logger.warn({ group, err }, 'the database is away: messages wait');
      await heartbeat();
      await sleep(isThere ? pauseMs : awayPauseMs, undefined, { signal: stopping });
    }
  }
}

const isReachable = (db: Database): Promise<boolean> =>
  db.ping().then(
    () => true,
    () => false,
  );

/** What went wrong, short enough for a column. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
