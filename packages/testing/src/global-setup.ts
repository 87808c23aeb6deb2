import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresAdminUrl: string;
    redisUrl: string;
    kafkaBrokers: string[];
  }
}

interface Engines {
  postgres: PostgresServer | undefined;
  redis: { url: string; stop(): Promise<void> } | undefined;
  kafka: { brokers: string[]; stop(): Promise<void> } | undefined;
}

/** What a run needs: BOXOFFICE_TEST_ENGINES = none | postgres | all (the default). */
const wanted = process.env.BOXOFFICE_TEST_ENGINES ?? 'all';

declare global {
  /** Every vitest project loads this file as a module of its own; the process has one set of engines, and the last project stops them. */
  var boxofficeEngines: { started: Promise<Engines>; users: number } | undefined;
}

/** Starts PostgreSQL, Redis and Kafka once per run, tells the tests where they are, and stops them at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  globalThis.boxofficeEngines ??= { started: startAll(), users: 0 };
  const shared = globalThis.boxofficeEngines;
  shared.users += 1;
  const engines = await shared.started;
  project.provide('postgresAdminUrl', engines.postgres?.adminUrl ?? '');
  project.provide('redisUrl', engines.redis?.url ?? '');
  project.provide('kafkaBrokers', engines.kafka?.brokers ?? []);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    globalThis.boxofficeEngines = undefined;
    await stopAll(engines);
  };
}

async function startAll(): Promise<Engines> {
  const all = wanted === 'all';
  const [postgres, redis, kafka] = await Promise.allSettled([
    wanted === 'none' ? undefined : startPostgres(),
    all ? import('./redis.ts').then(({ startRedis }) => startRedis()) : undefined,
    all ? import('./kafka.ts').then(({ startKafka }) => startKafka()) : undefined,
  ]);
  const engines = { postgres: started(postgres), redis: started(redis), kafka: started(kafka) };
  const failed = [postgres, redis, kafka].find((result) => result.status === 'rejected');
  if (failed === undefined) return engines;
  await stopAll(engines);
  throw failed.reason;
}

const started = <T>(result: PromiseSettledResult<T>): T | undefined => (result.status === 'fulfilled' ? result.value : undefined);

const stopAll = async ({ postgres, redis, kafka }: Engines) => void (await Promise.all([postgres?.stop(), redis?.stop(), kafka?.stop()]));
