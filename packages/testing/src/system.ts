import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ensureTopics } from '@boxoffice/messaging';
import { createLogger, generateServiceKeys } from '@boxoffice/service-kit';
import { freePort } from './ports.ts';
import { answers, type OwnProcess, startProcess } from './process.ts';
import { keptSecrets } from './secrets.ts';

const owners = ['booking', 'identity', 'payment', 'ticketing', 'notification-analytics'] as const;
export type ServiceProcess = (typeof owners)[number] | 'gateway';

export type SystemOptions = {
  /** Keys and mails; kept between runs when it exists. */
  folder: string;
  /** Names the databases: <prefix>_booking, … They must exist. */
  databaseUrl: (service: (typeof owners)[number]) => string;
  redisUrl?: string;
  kafkaBrokers: string[];
  /** Ports as in the documentation (8000 …) instead of free ones. */
  fixedPorts?: boolean;
  watch?: boolean;
  /** For every process. */
  env?: Record<string, string>;
  onLine?: (service: ServiceProcess, line: string) => void;
  /** Told where processes will answer, before the first of them starts. */
  beforeStart?: (ports: { http: (service: ServiceProcess) => number; grpc: number }) => void;
};

/** Six processes of ours and where the gateway answers. */
export interface System {
  url: string;
  mailFolder: string;
  processes: Record<ServiceProcess, OwnProcess>;
  /** Where a process answers, past the gateway. */
  urlOf(service: ServiceProcess): string;
  /** Where a process tells about itself, in Prometheus' text format. */
  metricsUrlOf(service: ServiceProcess): string;
  /** What a process tells about itself: sample name with labels → value. */
  metrics(service: ServiceProcess): Promise<Map<string, number>>;
  /** Where booking's gRPC answers. */
  grpcPort: number;
  /** Starts a process again, after it was stopped or killed, and waits until it can serve. `extra` is added to its environment. */
  start(service: ServiceProcess, extra?: Record<string, string>): Promise<void>;
  /** One more process of a service, at ports of its own, ready to serve. It is the caller's to stop. `extra` is added to its environment. */
  replica(service: ServiceProcess, extra?: Record<string, string>): Promise<OwnProcess>;
  /** Runs another target of a service to its end: `reap`. Answers what it printed. */
  run(service: ServiceProcess, target: string, extra?: Record<string, string>): Promise<string[]>;
  stop(): Promise<void>;
}

/** Migrates the databases and runs gateway, booking, identity, payment, ticketing and notification-analytics as processes. */
export async function startSystem(options: SystemOptions): Promise<System> {
  await mkdir(options.folder, { recursive: true });
  await generateServiceKeys(path.join(options.folder, 'keys'));
  const ports = await portsOf(options.fixedPorts ?? false);
  options.beforeStart?.({ http: (service) => ports[service].http, grpc: ports.grpc });
  const env = environmentOf(options, ports, await keptSecrets(path.join(options.folder, 'secrets.json')));
  const logger = createLogger({ service: 'system', level: 'warn' });
  await Promise.all([ensureTopics({ brokers: options.kafkaBrokers, logger }), ...owners.map((service) => ended(service, 'migrate', env(service)))]);

  const metricsUrlOf = (service: ServiceProcess) => `http://127.0.0.1:${ports[service].metrics}/metrics`;
  const processes = {} as Record<ServiceProcess, OwnProcess>; // filled by the next statement
  const launched = (service: ServiceProcess, extra: Record<string, string> = {}): OwnProcess => {
    const { onLine, watch = false } = options;
    const tell = onLine && { onLine: (line: string) => onLine(service, line) };
    return startProcess({ name: service, script: scriptOf(service), env: { ...env(service), ...extra }, watch, ...tell });
  };
  const start = async (service: ServiceProcess, extra?: Record<string, string>) => {
    processes[service] = launched(service, extra);
    await ready(ports[service].http, processes[service]);
  };
  await Promise.all([...owners, 'gateway' as const].map((service) => start(service)));
  return {
    url: `http://127.0.0.1:${ports.gateway.http}`,
    mailFolder: path.join(options.folder, 'mails'),
    processes,
    urlOf: (service) => `http://127.0.0.1:${ports[service].http}`,
    grpcPort: ports.grpc,
    start,
    replica: async (service, extra) => {
      const own = { ...(await portsOfItsOwn()), ...extra };
      const started = launched(service, own);
      await ready(own.PORT, started);
      return started;
    },
    run: (service, target, extra) => ended(service, target, { ...env(service), ...extra }),
    metricsUrlOf,
    metrics: async (service) => samplesOf(await (await fetch(metricsUrlOf(service))).text()),
    stop: () => stopAll(processes),
  };
}

/** The gateway first: nothing new comes in. */
async function stopAll(processes: Record<ServiceProcess, OwnProcess>): Promise<void> {
  await processes.gateway.stop();
  await Promise.all(owners.map((service) => processes[service].stop()));
}

const ready = (port: string | number, owner: OwnProcess) => answers(`http://127.0.0.1:${port}/readyz`, owner);

const portsOfItsOwn = async () => ({ PORT: String(await freePort()), METRICS_PORT: String(await freePort()), GRPC_PORT: String(await freePort()) });

/** Prometheus' text format, without comments. */
const samplesOf = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

const scriptOf = (service: ServiceProcess) => `services/${service}/src/main.ts`;

/** Runs a target to its end; throws with what it printed when it fails. */
async function ended(service: ServiceProcess, target: string, env: Record<string, string>): Promise<string[]> {
  const run = startProcess({ name: `${service} ${target}`, script: scriptOf(service), args: [target], env });
  const code = await run.exited;
  if (code !== 0) throw new Error(`${service} ${target} ended with ${code}:\n${run.lines.join('\n')}`);
  return run.lines;
}

type Ports = Record<ServiceProcess, { http: number; metrics: number }> & { grpc: number };

async function portsOf(fixed: boolean): Promise<Ports> {
  const names = ['gateway', 'booking', 'identity', 'payment', 'ticketing', 'notification-analytics'] as const;
  const entries = await Promise.all(
    names.map(
      async (name, index) =>
        [name, fixed ? { http: 8000 + index, metrics: 9100 + index } : { http: await freePort(), metrics: await freePort() }] as const,
    ),
  );
  return { ...Object.fromEntries(entries), grpc: fixed ? 9001 : await freePort() } as Ports; // every name is in `names`
}

function environmentOf(options: SystemOptions, ports: Ports, secrets: Record<string, Record<string, string>>) {
  const at = (service: ServiceProcess) => `http://127.0.0.1:${ports[service].http}`;
  const keys = path.join(options.folder, 'keys');
  const shared = {
    HOST: '127.0.0.1',
    IDLE_GRACE_MS: '500', // nobody waits seconds for the end of a test
    KAFKA_BROKERS: options.kafkaBrokers.join(','),
    ...(options.redisUrl && { REDIS_URL: options.redisUrl }),
    SERVICE_TRUST_FILE: path.join(keys, 'trust.json'),
    IDENTITY_URL: at('identity'),
    BOOKING_URL: at('booking'),
    PAYMENT_URL: at('payment'),
    TICKETING_URL: at('ticketing'),
    ANALYTICS_URL: at('notification-analytics'),
    BOOKING_GRPC: `127.0.0.1:${ports.grpc}`,
    GRPC_PORT: String(ports.grpc),
    MAIL_FOLDER: path.join(options.folder, 'mails'),
    MAIL_FROM: 'Box Office <tickets@localhost>',
  };
  return (service: ServiceProcess): Record<string, string> => ({
    ...shared,
    PORT: String(ports[service].http),
    METRICS_PORT: String(ports[service].metrics),
    SERVICE_KEY_FILE: path.join(keys, `${service}.key.json`),
    ...(service !== 'gateway' && { DATABASE_URL: options.databaseUrl(service) }),
    ...secrets[service],
    ...options.env,
  });
}
