import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  answers,
  databasesFor,
  freePort,
  type KafkaServer,
  type OwnProcess,
  postgresServer,
  type RedisServer,
  type System,
  startKafka,
  startProcess,
  startRedis,
  startSystem,
} from '@boxoffice/testing';

/** Holds last ten seconds here, so that expiry can be watched; everything else is as shipped. */
const settings = { HOLD_TTL_MS: '10000', ORGANISATION_CREATION: 'anyone', TEST_PROVIDER_WEBHOOK_SECRET: randomBytes(16).toString('hex') };
/** What the test provider's webhooks are signed with on each of them. */
export const webhookSecret = settings.TEST_PROVIDER_WEBHOOK_SECRET;

/** A running Box Office of one of the three shapes. */
export interface Topology {
  url: string;
  /** What stands between start and readiness, in milliseconds. */
  readyMs: number;
  /** Resident bytes by process of ours. */
  memory(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export interface StandaloneTopology extends Topology {
  process: OwnProcess;
  folder: string;
  /** Starts again on the same data. */
  restart(): Promise<void>;
}

const folderFor = (name: string) => mkdtemp(path.join(tmpdir(), `boxoffice-${name}-`));

export async function standalone(env: Record<string, string> = {}): Promise<StandaloneTopology> {
  const folder = await folderFor('standalone');
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const start = async () => {
    const began = performance.now();
    const started = startProcess({
      name: 'standalone',
      script: 'services/standalone/src/main.ts',
      env: { ...settings, DATA_FOLDER: folder, PORT: port, ...env },
    });
    await answers(`${url}/readyz`, started);
    return { started, ms: Math.round(performance.now() - began) };
  };
  const first = await start();
  const topology: StandaloneTopology = {
    url,
    folder,
    readyMs: first.ms,
    process: first.started,
    memory: async () => ({ standalone: await topology.process.rss() }),
    restart: async () => {
      const again = await start();
      topology.process = again.started;
      topology.readyMs = again.ms;
    },
    stop: async () => {
      await topology.process.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return topology;
}

export type Engines = { redis: RedisServer; kafka: KafkaServer; stop(): Promise<void> };

/** Redis and Kafka of this test's own: topics and groups have fixed names, so systems cannot share a broker. */
export async function privateEngines(): Promise<Engines> {
  const [redis, kafka] = await Promise.all([startRedis(), startKafka()]);
  return { redis, kafka, stop: async () => void (await Promise.all([redis.stop(), kafka.stop()])) };
}

export const standaloneOn = (engines: Engines): Promise<StandaloneTopology> =>
  standalone({
    DATABASE_URL: postgresServer().adminUrl,
    DATABASE_PREFIX: `e2e_${Date.now()}`,
    REDIS_URL: engines.redis.url,
    KAFKA_BROKERS: engines.kafka.brokers.join(','),
  });

export type ProcessesTopology = Topology & { system: System };

export async function sixProcesses(engines: Engines, env: Record<string, string> = {}): Promise<ProcessesTopology> {
  const folder = await folderFor('processes');
  const databases = await databasesFor(`e2e_${Date.now()}`);
  const began = performance.now();
  const system = await startSystem({
    folder,
    databaseUrl: databases.url,
    redisUrl: engines.redis.url,
    kafkaBrokers: engines.kafka.brokers,
    env: { ...settings, ...env },
  });
  return {
    system,
    url: system.url,
    readyMs: Math.round(performance.now() - began),
    memory: async () =>
      Object.fromEntries(await Promise.all(Object.entries(system.processes).map(async ([name, process]) => [name, await process.rss()] as const))),
    stop: async () => {
      await system.stop();
      await databases.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
