/** `npm run dev`: six processes and the auditor on real Postgres, Redis and Kafka, restarted when a source file changes. Data stays in .data/dev. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startEmbeddedPostgres } from '@boxoffice/postgres/embedded';
import { startAuditor } from '@boxoffice/testing/auditor';
import { startKafka } from '@boxoffice/testing/kafka';
import { startRedis } from '@boxoffice/testing/redis';
import { type ServiceProcess, startSystem } from '@boxoffice/testing/system';

const folder = path.resolve(import.meta.dirname, '../.data/dev');
const colours: Record<ServiceProcess | 'auditor', number> = {
  gateway: 36,
  booking: 32,
  identity: 35,
  payment: 33,
  ticketing: 34,
  'notification-analytics': 90,
  auditor: 31,
};
const tell = (service: keyof typeof colours, line: string) =>
  console.log(`\x1b[${colours[service]}m${service.slice(0, 12).padEnd(12)}\x1b[0m ${readable(line)}`);
const say = (text: string) => console.log(`\x1b[1mdev\x1b[0m ${text}`);

/** A log line for people: level, words, and the ids that came with them. */
function readable(line: string): string {
  try {
    const { level, msg, time: _time, service: _service, pid: _pid, hostname: _hostname, ...facts } = JSON.parse(line);
    return `${level >= 50 ? '\x1b[31m' : ''}${msg ?? ''}\x1b[0m ${Object.keys(facts).length ? JSON.stringify(facts) : ''}`;
  } catch {
    return line;
  }
}

await mkdir(path.join(folder, 'redis'), { recursive: true });
say('starting Postgres, Redis and Kafka (fetched at the first start) …');
const [postgres, redis, kafka] = await Promise.all([
  startEmbeddedPostgres({ folder: path.join(folder, 'postgres') }),
  startRedis({ folder: path.join(folder, 'redis') }),
  startKafka({ folder: path.join(folder, 'kafka') }),
]);
const names = ['booking', 'identity', 'payment', 'ticketing', 'notification-analytics'] as const;
const database = (service: (typeof names)[number]) => `boxoffice_${service.replace('-', '_')}`;
for (const service of names) await postgres.createDatabase(database(service));

say('migrating and starting six processes and the auditor …');
const around = {
  folder,
  databaseUrl: (service: (typeof names)[number]) => postgres.url(database(service)),
  redisUrl: redis.url,
  kafkaBrokers: kafka.brokers,
};
const system = await startSystem({
  ...around,
  fixedPorts: true,
  watch: true,
  env: { ORGANISATION_CREATION: 'anyone' },
  onLine: tell,
});
const auditor = startAuditor({ ...around, watch: true, onLine: (line) => tell('auditor', line) });
say(`ready: ${system.url} – change a file and its processes restart; Ctrl-C stops everything. Try: npm run journey -- --url ${system.url}`);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) process.exit(1);
  stopping = true;
  say('stopping …');
  await auditor.stop();
  await system.stop();
  await Promise.all([postgres.stop(), redis.stop(), kafka.stop()]);
  process.exit(0);
}
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
