import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventOnSale, type Organiser, organiserOf, type Person, register } from '@boxoffice/journey';
import { type KafkaServer, startKafka } from '@boxoffice/testing/kafka';
import { type PostgresServer, startPostgres } from '@boxoffice/testing/postgres';
import { type RedisServer, startRedis } from '@boxoffice/testing/redis';
import { type ServiceProcess, type System, startSystem } from '@boxoffice/testing/system';
import { arena } from '@boxoffice/venues';
import pg from 'pg';
import { openProxy, type TcpProxy } from './proxy.ts';
import { openSmallDisk, type SmallDisk } from './small-disk.ts';

/** Services with a database. */
export const owners = ['booking', 'identity', 'payment', 'ticketing', 'notification-analytics'] as const;
export type Owner = (typeof owners)[number];
const databaseOf = (service: string) => `chaos_${service.replaceAll('-', '_')}`;

export type Event = { eventId: string; seatIds: string[] };

/** A Box Office on engines of its own, with a proxy on every way between its parts. */
export interface World extends Engines {
  folder: string;
  system: System;
  /** By name: 'postgres of booking', …, 'redis', 'kafka', 'booking http', 'booking grpc', 'webhooks'. */
  proxies: Map<string, TcpProxy>;
  organiser: Organiser;
  door: Person;
  events: Event[];
  /** Rows of a service's own database, past the proxies. */
  sql<Row extends object>(service: Owner, text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

type Engines = {
  postgres: PostgresServer;
  redis: RedisServer;
  kafka: KafkaServer;
  /** Where Postgres keeps its data; undefined where none of its own can be mounted. */
  disk: SmallDisk | undefined;
};

/** The area without seats that every event has, a quarter as big as its hall. */
export const standing = 'Standing';

/** How long a hold lasts here, so that expiry happens all the time. */
export const holdMs = 8_000;

/** As shipped, but for times that a short run must see pass and limits that a few customers would hit. */
const settings = {
  HOLD_TTL_MS: String(holdMs),
  ORGANISATION_CREATION: 'anyone',
  HOLD_RATE: '100000',
  LIMIT_CUSTOMER: '100000',
  LIMIT_ANONYMOUS: '100000',
  LIMIT_CREDENTIALS: '100000',
};

/** Where booking is found, and payment by the test provider's webhooks; it does what its table of controls says. */
const waysThrough = (portOf: (proxy: string) => number) => ({
  BOOKING_URL: `http://127.0.0.1:${portOf('booking http')}`,
  BOOKING_GRPC: `127.0.0.1:${portOf('booking grpc')}`,
  TEST_PROVIDER_CONTROL_TOKEN: randomBytes(16).toString('hex'),
  TEST_PROVIDER_WEBHOOK_SECRET: randomBytes(16).toString('hex'),
  TEST_PROVIDER_WEBHOOK_URL: `http://127.0.0.1:${portOf('webhooks')}/webhooks/test/installation`,
});

export type WorldOptions = { events: number; seats: number; say: (text: string) => void; env?: Record<string, string> };

/** Starts everything; logs of the services go to files in `folder`. */
export async function startWorld({ events, seats, say, env = {} }: WorldOptions): Promise<World> {
  process.setMaxListeners(40); // each of our processes listens for our end until its own: engines, services and replicas
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-chaos-'));
  await mkdir(path.join(folder, 'logs'));
  say(`starting engines and services; logs in ${folder}/logs`);
  const proxies = await openProxies();
  const engines = await startEngines(folder, proxies);
  const { postgres, redis, kafka, disk } = engines;
  const portOf = (name: string) => proxies.get(name)?.port ?? 0;
  const through = (url: string, name: string) => Object.assign(new URL(url), { port: String(portOf(name)) }).href;
  const system = await startSystem({
    folder,
    databaseUrl: (service) => through(postgres.url(databaseOf(service)), `postgres of ${service}`),
    redisUrl: through(redis.url, 'redis'),
    kafkaBrokers: kafka.brokers,
    env: { ...settings, ...waysThrough(portOf), ...env },
    onLine: (service, line) => void appendFile(path.join(folder, 'logs', `${service}.log`), `${line}\n`),
    beforeStart: ({ http, grpc }) => {
      proxies.get('booking http')?.leadTo(http('booking'));
      proxies.get('webhooks')?.leadTo(http('payment'));
      proxies.get('booking grpc')?.leadTo(grpc);
    },
  });
  const organiser = await organiserOf(system.url);
  const door = await doorOf(system.url, organiser);
  const database = databases(postgres);
  const made = await eventsFor(organiser, database.sql, { events, seats });
  return {
    ...engines,
    ...{ folder, system, proxies, organiser, door, events: made },
    sql: database.sql,
    async stop() {
      await database.close();
      await Promise.all(Object.values(system.processes).map((process) => process.kill()));
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
      await Promise.all([postgres.stop(), redis.stop(), kafka.stop()]);
      await disk?.close();
    },
  };
}

/** Engines behind the proxies; a broker sends its clients to its proxy by itself. */
async function startEngines(folder: string, proxies: Map<string, TcpProxy>): Promise<Engines> {
  const disk = await openSmallDisk(path.join(folder, 'disk'));
  const advertisedPort = proxies.get('kafka')?.port ?? 0;
  const [postgres, redis, kafka] = await Promise.all([
    startPostgres({ settings: { max_wal_size: '512MB', track_commit_timestamp: 'on' }, ...(disk && { within: disk.folder }) }),
    startRedis(),
    startKafka({ advertisedPort }),
  ]);
  for (const service of owners) await postgres.createDatabase(databaseOf(service));
  for (const [name, proxy] of proxies) proxy.leadTo(name === 'redis' ? redis.port : name === 'kafka' ? kafka.port : postgres.port);
  return { postgres, redis, kafka, disk };
}

async function eventsFor(organiser: Organiser, sql: World['sql'], { events, seats }: { events: number; seats: number }): Promise<Event[]> {
  const made: Event[] = [];
  for (let n = 0; n < events; n++) {
    const admissionAreas = [{ name: standing, category: 'Lower', capacity: Math.ceil(seats / 4) }];
    const eventId = await eventOnSale(organiser, { ...arena(seats), admissionAreas });
    const rows = await sql<{ id: string }>('booking', `SELECT id FROM seats WHERE event_id = $1 AND row_label <> '' ORDER BY ord`, [eventId]);
    made.push({ eventId, seatIds: rows.map(({ id }) => id) });
  }
  return made;
}

async function openProxies(): Promise<Map<string, TcpProxy>> {
  const names = [...owners.map((service) => `postgres of ${service}`), 'redis', 'kafka', 'booking http', 'booking grpc', 'webhooks'];
  return new Map(await Promise.all(names.map(async (name) => [name, await openProxy(name)] as const)));
}

async function doorOf(url: string, organiser: Organiser): Promise<Person> {
  const door = await register(url, 'door');
  await organiser.client.identity.addMember.mutate({ organisationId: organiser.organisationId, email: door.email, role: 'door' });
  await door.client.renewSession();
  return door;
}

/** A pool per database that bears a server which comes and goes. */
function databases(postgres: PostgresServer) {
  const pools = new Map<string, pg.Pool>();
  const poolOf = (service: string) => {
    const pool = pools.get(service) ?? new pg.Pool({ connectionString: postgres.url(databaseOf(service)), max: 2 });
    if (!pools.has(service)) pool.on('error', () => {});
    pools.set(service, pool);
    return pool;
  };
  return {
    sql: async <Row extends object>(service: Owner, text: string, values: unknown[] = []): Promise<Row[]> =>
      (await poolOf(service).query<Row>(text, values)).rows,
    close: async () => void (await Promise.all([...pools.values()].map((pool) => pool.end().catch(() => {})))),
  };
}

export const services: readonly ServiceProcess[] = [...owners, 'gateway'];
