import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, type Listener, listen } from '@boxoffice/postgres';
import { type Logger, type Metrics, newId, type Worker } from '@boxoffice/service-kit';
import { outboxChannel } from './outbox.ts';
import type { Transport } from './transport.ts';

export type RelayOptions = { db: Database; transport: Transport; logger: Logger; metrics: Metrics };

/** Messages of one turn; they may all go to one partition, which takes 1 MiB per request. */
const batchSize = 500;
const batchBytes = 700_000;
/** A relay that says nothing for this long has lost its shards. */
const leaseMs = 5_000;
/** Without a hint the outbox is looked at this often. */
const pollMs = 500;
const backOffMs = { first: 100, most: 5_000 };

type Row = { id: string; topic: string; key: string; envelope: string };

/**
 * Moves messages from the outbox to the transport, in order per key, at least once. Any number may run: each works on the shards it has
 * leased. No row is locked while the transport is spoken to. A relay whose lease ran out in the middle of a publish can only cause
 * duplicates: the new owner sends the same rows before any later one of their keys, and inboxes absorb what comes again.
 */
export function relay(options: RelayOptions): Worker {
  const { db, logger } = options;
  const owner = newId();
  const stopping = new AbortController();
  const hint = wakeUp();
  let listener: Listener | undefined;
  let running: Promise<void> = Promise.resolve();
  measured(db, options.metrics);
  return {
    name: 'outbox relay',
    start: async () => {
      listener = await listen(db.url, outboxChannel, hint.wake, logger);
      running = keepMoving(turns(options, owner), { hint, stopping: stopping.signal, logger });
    },
    stop: async () => {
      stopping.abort();
      hint.wake();
      await running;
      await listener?.close();
      await release(db, owner).catch((err) => logger.debug({ err }, 'shards not released: their lease runs out'));
    },
  };
}

/** One turn: renew the lease when it is time, send a batch, mark it. Answers how many were sent. */
function turns({ db, transport, metrics }: RelayOptions, owner: string): () => Promise<number> {
  const sent = metrics.counter('boxoffice_outbox_sent_total', 'Messages handed to the broker.');
  let leased: number[] = [];
  let leasedAt = Number.NEGATIVE_INFINITY; // on our own monotonic clock
  return async () => {
    if (performance.now() - leasedAt > leaseMs / 3) {
      const asked = performance.now();
      leased = await lease(db, owner);
      leasedAt = asked;
    }
    const rows = leased.length ? fitting(await unsent(db, leased)) : [];
    if (rows.length === 0) return 0;
    await transport.publish(rows.map(({ topic, key, envelope }) => ({ topic, key, value: envelope })));
    await markSent(db, rows);
    sent.inc({}, rows.length);
    return rows.length;
  };
}

/** As many of the first rows as fit, at least one: leaving out the last ones keeps the order. */
function fitting(rows: Row[]): Row[] {
  let bytes = 0;
  const over = rows.findIndex(({ envelope }) => {
    bytes += Buffer.byteLength(envelope);
    return bytes > batchBytes;
  });
  return over < 0 ? rows : rows.slice(0, Math.max(1, over));
}

type Motion = { hint: ReturnType<typeof wakeUp>; stopping: AbortSignal; logger: Logger };

async function keepMoving(turn: () => Promise<number>, { hint, stopping, logger }: Motion): Promise<void> {
  let backOff = backOffMs.first;
  while (!stopping.aborted) {
    try {
      const moved = await turn();
      backOff = backOffMs.first;
      if (moved === 0) await hint.wait(pollMs, stopping);
    } catch (err) {
      if (stopping.aborted) return;
      if (backOff === backOffMs.first) logger.warn({ err }, 'messages cannot leave: trying again');
      await sleep(backOff * (0.5 + Math.random() / 2), undefined, { signal: stopping }).catch(() => {});
      backOff = Math.min(backOff * 2, backOffMs.most);
    }
  }
}

/** Sleeps until somebody wakes it; a call to `wake` while nobody sleeps is not lost. */
function wakeUp() {
  let woken = false;
  let wakeSleeper: (() => void) | undefined;
  return {
    wake: () => {
      woken = true;
      wakeSleeper?.();
    },
    wait: async (ms: number, signal: AbortSignal) => {
      if (!woken && !signal.aborted) {
        const timer = new AbortController();
        await Promise.race([new Promise<void>((resolve) => (wakeSleeper = resolve)), sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
        timer.abort();
        wakeSleeper = undefined;
      }
      woken = false;
    },
  };
}

/** Takes what is free or has run out and renews what is its own, in one statement; the database clock judges. */
const lease = async (db: Database, owner: string): Promise<number[]> => {
  const rows = await db.query<{ shard: number }>(
    `UPDATE outbox_shards SET owner = $1, until = clock_timestamp() + $2 * interval '1 ms'
     WHERE shard IN (SELECT shard FROM outbox_shards WHERE owner = $1 OR owner IS NULL OR until <= clock_timestamp() ORDER BY shard FOR UPDATE SKIP LOCKED)
     RETURNING shard`,
    [owner, leaseMs],
  );
  return rows.map(({ shard }) => shard);
};

/** By position, never "after the last one": sequences do not commit in order. */
const unsent = (db: Database, shards: number[]): Promise<Row[]> =>
  db.query<Row>('SELECT id, topic, key, envelope FROM outbox WHERE shard = ANY ($1::smallint[]) AND sent_at IS NULL ORDER BY position LIMIT $2', [
    shards,
    batchSize,
  ]);

const markSent = (db: Database, rows: Row[]) =>
  db.query('UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY ($1::uuid[]) AND sent_at IS NULL', [rows.map(({ id }) => id)]);

const release = (db: Database, owner: string) => db.query('UPDATE outbox_shards SET owner = NULL, until = NULL WHERE owner = $1', [owner]);

function measured(db: Database, metrics: Metrics): void {
  const age = metrics.gauge('boxoffice_outbox_oldest_age_seconds', 'Age of the oldest message that has not left.', ['database']);
  metrics.gauge('boxoffice_outbox_unsent', 'Messages that have not left.', ['database'], async (unsentNow) => {
    const database = new URL(db.url).pathname.slice(1);
    const [row] = await db.query<{ waiting: number; oldest: number }>(
      'SELECT count(*) AS waiting, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS oldest FROM outbox WHERE sent_at IS NULL',
    );
    unsentNow.set({ database }, row?.waiting ?? 0);
    age.set({ database }, row?.oldest ?? 0);
  });
}
