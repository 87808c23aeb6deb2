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
  type ServiceProcess,
  type System,
  startKafka,
  startProcess,
  startRedis,
  startSystem,
} from '@boxoffice/testing';

const webhookSecret = randomBytes(16).toString('hex');
/** Holds end soon and the auditor looks often, so that what takes minutes can be watched; everything else is as shipped. */
const settings = { HOLD_TTL_MS: '10000', ORGANISATION_CREATION: 'anyone', TEST_PROVIDER_WEBHOOK_SECRET: webhookSecret };
const auditing = { AUDIT_EVERY_MS: '1000', AUDIT_GRACE_MS: '5000' };

export const processes: readonly ServiceProcess[] = ['gateway', 'booking', 'identity', 'payment', 'ticketing', 'notification-analytics'];

/** Every process an installation runs, auditor included, on engines of its own. */
export interface Stage {
  url: string;
  webhookSecret: string;
  system: System;
  kafka: KafkaServer;
  databaseUrl(service: 'booking'): string;
  /** Component → where it tells about itself. */
  metricsUrls: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

export async function openStage(name: string): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), `boxoffice-${name}-`));
  const [redis, kafka, databases] = await Promise.all([startRedis(), startKafka(), databasesFor(`${name}_${Date.now()}`)]);
  const system = await startSystem({ folder, databaseUrl: databases.url, redisUrl: redis.url, kafkaBrokers: kafka.brokers, env: settings });
  const auditor = await startAuditor({ keys: path.join(folder, 'keys'), redisUrl: redis.url, brokers: kafka.brokers, databaseUrl: databases.url });
  const metricsUrls = new Map(processes.map((process) => [process as string, system.metricsUrlOf(process)]));
  metricsUrls.set('auditor', auditor.metricsUrl);
  return {
    url: system.url,
    webhookSecret,
    system,
    kafka,
    databaseUrl: databases.url,
    metricsUrls,
    stop: async () => {
      await auditor.process.stop();
      await system.stop();
      await databases.drop();
      await Promise.all([redis.stop(), kafka.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Around = { keys: string; redisUrl: string; brokers: string[]; databaseUrl: (service: AuditedDatabase) => string };
type AuditedDatabase = 'booking' | 'identity' | 'payment' | 'ticketing' | 'notification-analytics';

async function startAuditor({ keys, redisUrl, brokers, databaseUrl }: Around): Promise<{ process: OwnProcess; metricsUrl: string }> {
  const [PORT, METRICS_PORT] = [String(await freePort()), String(await freePort())];
  const env = {
    ...{ ...auditing, HOST: '127.0.0.1', PORT, METRICS_PORT, REDIS_URL: redisUrl, KAFKA_BROKERS: brokers.join() },
    ...{ SERVICE_KEY_FILE: path.join(keys, 'auditor.key.json'), SERVICE_TRUST_FILE: path.join(keys, 'trust.json') },
    AUDIT_BOOKING_DATABASE_URL: databaseUrl('booking'),
    AUDIT_IDENTITY_DATABASE_URL: databaseUrl('identity'),
    AUDIT_PAYMENT_DATABASE_URL: databaseUrl('payment'),
    AUDIT_TICKETING_DATABASE_URL: databaseUrl('ticketing'),
    AUDIT_ANALYTICS_DATABASE_URL: databaseUrl('notification-analytics'),
  };
  const process = startProcess({ name: 'auditor', script: 'services/auditor/src/main.ts', env });
  await answers(`http://127.0.0.1:${PORT}/readyz`, process);
  return { process, metricsUrl: `http://127.0.0.1:${METRICS_PORT}/metrics` };
}
