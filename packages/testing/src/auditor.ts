import path from 'node:path';
import { type OwnProcess, type ProcessOptions, startProcess } from './process.ts';

const audited = {
  AUDIT_BOOKING_DATABASE_URL: 'booking',
  AUDIT_IDENTITY_DATABASE_URL: 'identity',
  AUDIT_PAYMENT_DATABASE_URL: 'payment',
  AUDIT_TICKETING_DATABASE_URL: 'ticketing',
  AUDIT_ANALYTICS_DATABASE_URL: 'notification-analytics',
} as const;
type Audited = (typeof audited)[keyof typeof audited];

export type AuditorOptions = Pick<ProcessOptions, 'watch' | 'onLine' | 'env'> & {
  /** Of the system it looks at, which has started: its keys are there. */
  folder: string;
  databaseUrl: (service: Audited) => string;
  redisUrl: string;
  kafkaBrokers: string[];
};

/** The auditor beside a system of `startSystem`; does not wait until it is ready. */
export function startAuditor({ folder, databaseUrl, redisUrl, kafkaBrokers, env, ...options }: AuditorOptions): OwnProcess {
  const databases = Object.entries(audited).map(([name, service]) => [name, databaseUrl(service)] as const);
  return startProcess({
    name: 'auditor',
    script: 'services/auditor/src/main.ts',
    ...options,
    env: {
      HOST: '127.0.0.1',
      ...Object.fromEntries(databases),
      REDIS_URL: redisUrl,
      KAFKA_BROKERS: kafkaBrokers.join(),
      SERVICE_KEY_FILE: path.join(folder, 'keys/auditor.key.json'),
      SERVICE_TRUST_FILE: path.join(folder, 'keys/trust.json'),
      ...env,
    },
  });
}
