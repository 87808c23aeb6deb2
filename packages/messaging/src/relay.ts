import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, type Listener, listen } from '@boxoffice/postgres';
import { type Logger, type Metrics, newId, type Worker } from '@boxoffice/service-kit';
import { outboxChannel, shardsChanged } from './outbox.ts';
import { lease, release, tellOfShards } from './shards.sql.ts';
import type { Transport } from './transport.ts';
import { type WakeUp, wakeUp } from './wake-up.ts';

export type RelayOptions = {
  db: Database;
  transport: Transport;
  logger: Logger;
  metrics: Metrics;
  /** A relay that says nothing for this long has lost its shards, 5000 ms. */
  leaseMs?: number;
};

/** Messages of one turn; they may all go to one partition, which takes 1 MiB per request. */
const batchSize = 500;
const batchBytes = 700_000;
/** Without a hint the outbox is looked at this often. */
const pollMs = 500;
/**
 * After a small turn it rests: every fsync, request, fetch and effect then carries what came in 80 ms instead of one message or two. The first message after a
 * silence leaves at once; one that follows it waits for at most 80 of the 250 ms that p99 may take.
 */
const restMs = 80;
const restBelow = 100;
/** A publish that hangs is left behind by a stop after this long: it is repeated by whoever has its shards next. */
const stopGraceMs = 1_000;
const backOffMs = { first: 100, most: 5_000 };

type Row = { id: string; topic: string; key: string; envelope: string };

/**
 * Moves messages from the outbox to the transport, in order per key, at least once. Any number may run: they share the shards evenly, each
 * works on the ones it has leased. No row is locked while the transport is spoken to. A relay whose lease ran out in the middle of a publish
 * can only cause duplicates: the new owner sends the same rows before any later one of their keys, and inboxes absorb what comes again.
 */
export function relay(options: RelayOptions): Worker {
  const { db, logger } = options;
  const owner = newId();
  const stopping = new AbortController();
  const hint = wakeUp();
  const held = leaseOf(options, owner);
  let listener: Listener | undefined;
  let running: Promise<void> = Promise.resolve();
  measured(db, options.metrics);
  return {
    name: 'outbox relay',
    start: async () => {
      const onNotify = (payload: string) => {
        if (payload === shardsChanged) held.look();
        hint.wake();
      };
      listener = await listen(db.url, outboxChannel, onNotify, logger);
      running = keepMoving(turns(options, held), { hint, stopping: stopping.signal, logger });
    },
    stop: async () => {
      stopping.abort();
      hint.wake();
      await within(stopGraceMs, running);
      await listener?.close();
      await release(db, owner).catch((err) => logger.debug({ err }, 'shards not released: their lease runs out'));
    },
  };
}

/** The shards of a relay; asked for again at a third of the lease, or when somebody said that they changed. */
function leaseOf({ db, leaseMs = 5_000 }: RelayOptions, owner: string) {
  let shards: number[] | undefined;
  let leasedAt = Number.NEGATIVE_INFINITY; // on our own monotonic clock
  return {
    look: () => {
      leasedAt = Number.NEGATIVE_INFINITY;
    },
    shards: async () => {
      if (performance.now() - leasedAt <= leaseMs / 3 && shards) return shards;
      const isNew = shards === undefined;
      leasedAt = performance.now(); // before it asks: what is said meanwhile counts
      shards = await lease(db, owner, leaseMs).catch((error) => {
        leasedAt = Number.NEGATIVE_INFINITY;
        throw error;
      });
      if (isNew) await tellOfShards(db);
      return shards;
    },
  };
}

/** One turn: renew the lease when it is time, send a batch, mark it. Answers how many were sent. */
function turns({ db, transport, metrics }: RelayOptions, held: ReturnType<typeof leaseOf>): () => Promise<number> {
  const sent = metrics.counter('boxoffice_outbox_sent_total', 'Messages handed to the broker.');
  return async () => {
    const shards = await held.shards();
    const rows = shards.length ? fitting(await unsent(db, shards)) : [];
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

type Motion = { hint: WakeUp; stopping: AbortSignal; logger: Logger };

async function keepMoving(turn: () => Promise<number>, { hint, stopping, logger }: Motion): Promise<void> {
  let backOff = backOffMs.first;
  while (!stopping.aborted) {
    try {
      const moved = await turn();
      backOff = backOffMs.first;
      if (moved === 0) await hint.wait(pollMs, stopping);
      else if (moved < restBelow) await sleep(restMs, undefined, { signal: stopping }).catch(() => {});
    } catch (err) {
      if (stopping.aborted) return;
      if (backOff === backOffMs.first) logger.warn({ err }, 'messages cannot leave: trying again');
      await sleep(backOff * (0.5 + Math.random() / 2), undefined, { signal: stopping }).catch(() => {});
      backOff = Math.min(backOff * 2, backOffMs.most);
    }
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}

/** By position, never "after the last one": sequences do not commit in order. */
const unsent = (db: Database, shards: number[]): Promise<Row[]> =>
  db.query<Row>('SELECT id, topic, key, envelope FROM outbox WHERE shard = ANY ($1::smallint[]) AND sent_at IS NULL ORDER BY position LIMIT $2', [
    shards,
    batchSize,
  ]);

const markSent = (db: Database, rows: Row[]) =>
  db.query('UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY ($1::uuid[]) AND sent_at IS NULL', [rows.map(({ id }) => id)]);

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
