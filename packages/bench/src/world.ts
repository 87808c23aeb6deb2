import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startKafka } from '@boxoffice/testing/kafka';
import { type PostgresServer, startPostgres } from '@boxoffice/testing/postgres';
import { type RedisServer, startRedis } from '@boxoffice/testing/redis';
import { type ServiceProcess, type System, startSystem } from '@boxoffice/testing/system';
import { type CustomerOffice, openCustomerOffice } from './customers.ts';
import { type Loader, startLoader } from './loader/index.ts';

const services = ['booking', 'identity', 'payment', 'ticketing', 'notification-analytics'] as const;
const databaseOf = (service: string) => `bench_${service.replaceAll('-', '_')}`;

/** What is measured, on engines of its own. */
export interface World {
  postgres: PostgresServer;
  redis: RedisServer;
  kafkaBrokers: string[];
  system: System;
  loader: Loader;
  customers: CustomerOffice;
  /** URL of a service's database, or of the baseline's. */
  databaseUrl(name: ServiceProcess | 'baseline'): string;
  /** Process ids by name, for the processor time. */
  pids(): Record<string, number>;
  stop(): Promise<void>;
}

/** Commits are durable here, unlike in tests: both designs pay for them as in production. As in the chart, WAL files are kept to be written again. */
const durable = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', shared_buffers: '512MB', max_wal_size: '4GB', min_wal_size: '1GB' };

/** No limit of requests stands in the way of a measurement, and mails go out one at a time, behind what is measured; everything else is as shipped. */
const settings = {
  ORGANISATION_CREATION: 'anyone',
  LOG_LEVEL: 'warn',
  HOLD_RATE: '1000000',
  LIMIT_CUSTOMER: '1000000',
  LIMIT_ANONYMOUS: '1000000',
  LIMIT_CREDENTIALS: '1000000',
  MAIL_CONNECTIONS: '1',
};

/** Starts engines, the six processes and a loader. */
export async function startWorld(say: (text: string) => void, env: Record<string, string> = {}): Promise<World> {
  say('starting Postgres, Redis and Kafka');
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-bench-'));
  const [postgres, redis, kafka] = await Promise.all([startPostgres({ settings: durable }), startRedis(), startKafka()]);
  for (const name of [...services, 'baseline']) await postgres.createDatabase(databaseOf(name));
  const databaseUrl = (name: string) => postgres.url(databaseOf(name));
  say('starting the six processes');
  const customers = await openCustomerOffice();
  const system = await startSystem({
    folder,
    databaseUrl,
    redisUrl: redis.url,
    kafkaBrokers: kafka.brokers,
    env: { ...settings, IDENTITY_URL: customers.url, ...env },
  });
  customers.inFrontOf(system.urlOf('identity'));
  const loader = startLoader();
  return {
    postgres,
    redis,
    kafkaBrokers: kafka.brokers,
    system,
    loader,
    customers,
    databaseUrl,
    pids: () => ({ loader: loader.pid, ...Object.fromEntries(Object.entries(system.processes).map(([name, { pid }]) => [name, pid])) }),
    async stop() {
      loader.stop();
      customers.close();
      await Promise.all(Object.values(system.processes).map((process) => process.kill())); // nothing of it is kept
      await Promise.all([postgres.stop(), redis.stop(), kafka.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const portOf = (url: string): number => Number(new URL(url).port);
