/** How fast a fact travels: outbox → relay → Kafka → consumer → effect and inbox row, the real ones, in two threads as in two processes. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { MessageType } from '@boxoffice/contracts';
import { consumers, ensureTopics, kafkaTransport, messagingSchema, on, outbox, outboxRelays, relay, type Transport } from '@boxoffice/messaging';
import { connect, type Database, query } from '@boxoffice/postgres';
import { createLogger, createMetrics, newId } from '@boxoffice/service-kit';
import { build } from 'hdr-histogram-js';
import { z } from 'zod';

export type MessagesOptions = {
  /** An empty database. */
  databaseUrl: string;
  brokers: string[];
  /** Each of the two measurements takes this long, 5 s. */
  seconds?: number;
};
/** Messages applied per second at most, and the time from the fact to its committed effect at half of that rate (a constant arrival), 99th percentile. */
export type MessagesMeasured = { perSecond: number; p99LagMs: number; p99LagAtCeilingMs: number };

/** A transaction says as many, as the payment of four seats does with its tickets. */
const perTransaction = 4;
/** So many may be on their way while the ceiling is looked for; half a second's worth of the goal. */
const underWayMost = 2_000;
/** More than one commit at a time shares the disk's write. */
const writers = 16;
const tickMs = 10;
const warmUpSeconds = 2;
const group = 'bench';
const logger = createLogger({ service: 'bench', level: 'warn' });

const Fact = z.object({ organisationId: z.string(), eventId: z.string(), ticketId: z.string(), seatId: z.string(), label: z.string() });
const typeOf = (topic: string): MessageType<typeof Fact> => ({ topic, version: 1, partitions: 6, payload: Fact, keyOf: ({ ticketId }) => ticketId });
const migrations = [
  {
    name: 'messages',
    // No unique index: an effect that happened twice must show.
    up: [
      ...messagingSchema,
      ...outboxRelays.up,
      'CREATE TABLE effects (ticket_id uuid NOT NULL, label text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())',
    ],
  },
];
const open = (url: string, poolMax = 10) => connect({ url, entities: [], migrations, poolMax, log: logger });

/** Measures; throws when an effect is missing or happened twice. */
export async function measureMessages({ databaseUrl, brokers, seconds = 5 }: MessagesOptions): Promise<MessagesMeasured> {
  const db = await open(databaseUrl, writers + 4);
  await db.migrate();
  const type = typeOf(`bench-${newId()}`);
  await ensureTopics({ brokers, types: [type], logger });
  const transport = kafkaTransport({ brokers, clientId: 'bench', logger });
  const heard = hearing({ databaseUrl, brokers, topic: type.topic });
  const sending = relay({ db, transport, logger, metrics: createMetrics('booking') });
  await sending.start();
  try {
    const said = saying(db, type);
    await ceilingOf(said, heard, warmUpSeconds);
    const { perSecond, lag: atCeiling } = await ceilingOf(said, heard, seconds);
    await heard.reached(said.count());
    const lag = await lagAt(perSecond / 2, said, heard, seconds);
    await heard.reached(said.count());
    await expectEffects(db, said.count());
    return { perSecond, p99LagMs: lag, p99LagAtCeilingMs: atCeiling };
  } finally {
    await sending.stop();
    await heard.stop();
    await transport.close();
    await db.close();
  }
}

type Said = { some(): Promise<void>; count(): number };
function saying(db: Database, type: MessageType<typeof Fact>): Said {
  let count = 0;
  const [organisationId, eventId] = [newId(), newId()];
  const some = async () => {
    count += perTransaction;
    await db.transaction(async (tx) => {
      for (let n = 0; n < perTransaction; n++)
        await outbox(tx, type, { organisationId, eventId, ticketId: newId(), seatId: newId(), label: `Row 12, seat ${n}` });
    });
  };
  return { some, count: () => count };
}

async function ceilingOf(said: Said, heard: Hearing, seconds: number): Promise<{ perSecond: number; lag: number }> {
  heard.lags.reset();
  const [before, from] = [heard.count(), performance.now()];
  const until = from + seconds * 1000;
  const write = async () => {
    while (performance.now() < until) {
      if (said.count() - heard.count() < underWayMost) await said.some();
      else await heard.more();
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return { perSecond: ((heard.count() - before) / (performance.now() - from)) * 1000, lag: heard.lags.getValueAtPercentile(99) };
}

/** A constant arrival: what is late is not forgiven by saying less. */
async function lagAt(perSecond: number, said: Said, heard: Hearing, seconds: number): Promise<number> {
  heard.lags.reset();
  const from = performance.now();
  const transactions: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - from) / 1000;
      const due = (Math.min(elapsed, seconds) * perSecond) / perTransaction;
      while (transactions.length < due) transactions.push(said.some());
      if (elapsed < seconds) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
  await Promise.all(transactions);
  await heard.reached(said.count());
  return heard.lags.getValueAtPercentile(99);
}

async function expectEffects(db: Database, said: number): Promise<void> {
  const [row] = await db.query<{ effects: number; tickets: number }>('SELECT count(*) AS effects, count(DISTINCT ticket_id) AS tickets FROM effects');
  if (row?.effects !== said || row.tickets !== said)
    throw new Error(`${said} messages were said, ${row?.effects} effects of ${row?.tickets} happened`);
}

type Given = { databaseUrl: string; brokers: string[]; topic: string };
type Hearing = ReturnType<typeof hearing>;

/** The hearing side, in a thread of its own. */
function hearing(given: Given) {
  const worker = new Worker(new URL(import.meta.url), { workerData: given });
  const lags = build({ highestTrackableValue: 600_000, numberOfSignificantValueDigits: 3 });
  const waiting = new Set<() => void>();
  let count = 0;
  let failure: unknown;
  const wake = () => {
    for (const go of waiting) go();
    waiting.clear();
  };
  worker.on('message', (more: number[]) => {
    count += more.length;
    for (const lag of more) lags.recordValue(Math.max(lag, 1));
    wake();
  });
  worker.on('error', (error) => {
    failure = error;
    wake();
  });
  const more = async () => {
    if (failure) throw failure;
    await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return {
    lags,
    count: () => count,
    more,
    reached: async (total: number) => {
      while (count < total) await more();
    },
    stop: async () => {
      worker.postMessage('stop');
      await new Promise((resolve) => worker.once('exit', resolve));
    },
  };
}

/** Tells how old each message was when its effect had been committed, in milliseconds. */
const watched = (transport: Transport, tell: (lags: number[]) => void): Transport => ({
  ...transport,
  subscribe: ({ onMessages, ...rest }) =>
    transport.subscribe({
      ...rest,
      onMessages: async (messages, delivery) => {
        await onMessages(messages, delivery);
        const now = Date.now();
        tell(messages.map(({ value }) => now - Date.parse(JSON.parse(value).occurredAt)));
      },
    }),
});

async function hear({ databaseUrl, brokers, topic }: Given): Promise<void> {
  const db = await open(databaseUrl);
  const transport = kafkaTransport({ brokers, clientId: 'bench-hearing', logger });
  const handlers = [
    on(typeOf(topic), async (tx, { ticketId, label }) => {
      await query(tx, 'INSERT INTO effects (ticket_id, label) VALUES ($1, $2)', [ticketId, label]);
    }),
  ];
  const transportWatched = watched(transport, (lags) => parentPort?.postMessage(lags));
  const { worker } = consumers({ db, transport: transportWatched, group, handlers, logger, metrics: createMetrics('ticketing') });
  await worker.start();
  parentPort?.once('message', async () => {
    await worker.stop();
    await transport.close();
    await db.close();
    process.exit(0);
  });
}

if (!isMainThread) await hear(workerData as Given); // as `hearing` gave it
