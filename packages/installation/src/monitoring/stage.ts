import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { answers, databasesFor, freePort, type ServiceProcess, startAuditor, startKafka, startRedis, startSystem } from '@boxoffice/testing';

const webhookSecret = randomBytes(16).toString('hex');
/** Holds end soon and the auditor looks often, so that what takes minutes can be watched; everything else is as shipped. */
const settings = { HOLD_TTL_MS: '10000', ORGANISATION_CREATION: 'anyone', TEST_PROVIDER_WEBHOOK_SECRET: webhookSecret };
const auditing = { AUDIT_EVERY_MS: '1000', AUDIT_GRACE_MS: '5000' };

const processes: readonly ServiceProcess[] = ['gateway', 'booking', 'identity', 'payment', 'ticketing', 'notification-analytics'];

/** Every process an installation runs, auditor included, on engines of its own. */
export interface Stage {
  url: string;
  webhookSecret: string;
  /** Where each of them tells about itself. */
  metricsUrls: readonly string[];
  stop(): Promise<void>;
}

export async function openStage(name: string): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), `boxoffice-${name}-`));
  const [redis, kafka, databases] = await Promise.all([startRedis(), startKafka(), databasesFor(`${name}_${Date.now()}`)]);
  const around = { folder, databaseUrl: databases.url, redisUrl: redis.url, kafkaBrokers: kafka.brokers };
  const system = await startSystem({ ...around, env: settings });
  const ports = { PORT: String(await freePort()), METRICS_PORT: String(await freePort()) };
  const auditor = startAuditor({ ...around, env: { ...auditing, ...ports } });
  await answers(`http://127.0.0.1:${ports.PORT}/readyz`, auditor);
  return {
    url: system.url,
    webhookSecret,
    metricsUrls: [...processes.map(system.metricsUrlOf), `http://127.0.0.1:${ports.METRICS_PORT}/metrics`],
    stop: async () => {
      await auditor.stop();
      await system.stop();
      await databases.drop();
      await Promise.all([redis.stop(), kafka.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
