import { randomUUID } from 'node:crypto';
import { kafkaTransport } from '@boxoffice/messaging';
import { createLogger } from '@boxoffice/service-kit';
import { Redis } from 'ioredis';
import pg from 'pg';
import { owners } from '../world.ts';
import type { Fault } from './types.ts';

async function redisSays(url: string, ...command: [string, ...string[]]): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on('error', () => {});
  await redis.call(...command).finally(() => redis.disconnect());
}

/** Does it answer within three seconds? It may be recovering by itself. */
async function answersQueries(url: string): Promise<boolean> {
  for (const end = performance.now() + 3_000; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000, query_timeout: 1_000 });
    client.on('error', () => {});
    const answered = await client
      .connect()
      .then(() => client.query('SELECT 1'))
      .then(
        () => true,
        () => false,
      );
    await client.end().catch(() => {});
    if (answered) return true;
  }
  return false;
}

/** Keys of messages nobody can read; what becomes of them is not a violation. */
export const poisonKey = 'chaos-poison';

/** Faults of Postgres, Redis and Kafka. */
export const engineFaults: Fault[] = [
  {
    class: 'F6',
    name: 'Redis forgets everything',
    seen: 'nothing: Postgres decides',
    lasts: [0, 0],
    async begin(world) {
      await redisSays(world.redis.url, 'FLUSHALL');
      return { on: 'FLUSHALL', end: async () => {} };
    },
  },
  {
    class: 'F6',
    name: 'Redis is killed and comes back empty',
    seen: 'nothing: Postgres decides',
    lasts: [0, 3_000],
    async begin({ redis }) {
      await redis.kill();
      return { on: 'redis', end: () => redis.restart() };
    },
  },
  {
    class: 'F7',
    name: 'Redis stands still',
    seen: 'the first holds are 300 ms slower',
    lasts: [1_000, 5_000],
    async begin({ redis }) {
      redis.pause();
      return { on: 'redis', end: async () => redis.resume() };
    },
  },
  {
    class: 'F7',
    name: 'Redis out of memory',
    seen: 'nothing: Postgres decides',
    lasts: [1_000, 4_000],
    async begin({ redis }) {
      await redisSays(redis.url, 'CONFIG', 'SET', 'maxmemory', '1');
      return { on: 'redis', end: () => redisSays(redis.url, 'CONFIG', 'SET', 'maxmemory', '0') };
    },
  },
  {
    class: 'F8',
    name: 'the broker is killed and restarted',
    seen: 'tickets and mails late',
    lasts: [0, 3_000],
    async begin({ kafka }) {
      await kafka.kill();
      return { on: 'kafka', end: () => kafka.restart() };
    },
  },
  {
    class: 'F8',
    name: 'the broker stands still',
    seen: 'tickets and mails late',
    lasts: [1_000, 8_000],
    async begin({ kafka }) {
      kafka.pause();
      return { on: 'kafka', end: async () => kafka.resume() };
    },
  },
  {
    class: 'F9',
    name: 'Postgres is killed and restarted',
    seen: 'everything is unavailable for a moment',
    lasts: [0, 1_500],
    async begin({ postgres }) {
      await postgres.kill();
      return { on: 'postgres', end: () => postgres.restart() };
    },
  },
  {
    class: 'F11',
    name: 'backends are terminated',
    seen: 'unknown answers',
    lasts: [0, 0],
    async begin({ sql }, chance) {
      const service = chance.oneOf(owners);
      const ended = await sql(
        service,
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      return { on: `${ended.length} of ${service}`, end: async () => {} };
    },
  },
  {
    class: 'F11',
    name: 'a table is locked',
    seen: 'slow answers, then OVERLOADED',
    lasts: [500, 7_000], // a statement may wait for 5 s
    async begin(world, chance) {
      const [database, table] = chance.oneOf([
        ['booking', 'seats'],
        ['booking', 'seat_reservations'],
        ['payment', 'transactions'],
        ['ticketing', 'tickets'],
      ] as const);
      const client = new pg.Client({ connectionString: world.postgres.url(`chaos_${database}`) });
      client.on('error', () => {});
      await client.connect();
      await client.query('BEGIN');
      await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      return { on: table, end: async () => void (await client.end().catch(() => {})) };
    },
  },
  {
    class: 'F12',
    name: "Postgres' disk is full",
    seen: 'nothing can be written: unavailable until there is room',
    lasts: [500, 3_000],
    async begin({ disk, postgres }, chance) {
      if (!disk) throw new Error('no file system of its own can be mounted here');
      await disk.fill(chance.oneOf([0, 100_000, 1_000_000]));
      return {
        on: 'postgres',
        end: async () => {
          await disk.relieve();
          if (!(await answersQueries(postgres.adminUrl))) await postgres.restart(); // it could not write its log and gave up
        },
      };
    },
  },
  {
    class: 'F15',
    name: 'messages nobody can read',
    seen: 'they end in dead-letter topics; nothing waits behind them',
    lasts: [0, 0],
    async begin(world, chance) {
      const transport = kafkaTransport({
        brokers: world.kafka.brokers,
        clientId: 'chaos',
        logger: createLogger({ service: 'chaos', level: 'silent' }),
      });
      const topic = chance.oneOf(['payment-confirmed', 'payment-failed', 'ticket-created', 'event-changed']);
      const values = [
        'not JSON',
        '{}',
        JSON.stringify({ id: randomUUID(), type: topic, version: 99, key: poisonKey, occurredAt: new Date(), payload: {} }),
        'x'.repeat(500_000),
      ];
      const given = transport.publish(values.map((value) => ({ topic, key: poisonKey, value })));
      const late = new Promise((resolve) => setTimeout(resolve, 3_000));
      await Promise.race([given.catch(() => {}), late]);
      return { on: topic, end: () => transport.close() };
    },
  },
];
