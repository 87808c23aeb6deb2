import path from 'node:path';
import { ensureTopics, inProcessHub, kafkaConnectionOrNone, kafkaTransport, type Transport } from '@boxoffice/messaging';
import { createDatabase, withSession } from '@boxoffice/postgres';
import { startEmbeddedPostgres } from '@boxoffice/postgres/embedded';
import { connectRedis, type RedisConnection } from '@boxoffice/redis';
import type { Logger, Metrics } from '@boxoffice/service-kit';
import type { Config } from './config.ts';

export const databases = ['booking', 'identity', 'payment', 'ticketing', 'notification_analytics'] as const;
export type DatabaseName = (typeof databases)[number];

/** What the services stand on: embedded and in-process, or real servers where the configuration names them. */
export interface Engines {
  databaseUrl(name: DatabaseName): string;
  /** A transport of its own for each service, closed with it. */
  transport(clientId: string): Transport;
  redis: RedisConnection | undefined;
  /** In words, for the ready line. */
  told: string;
  close(): Promise<void>;
}

export async function startEngines(config: Config, edges: { logger: Logger; metrics: Metrics }): Promise<Engines> {
  const { logger } = edges;
  const kafka = kafkaConnectionOrNone(config);
  const [server] = await Promise.all([
    config.DATABASE_URL ? serverAt(config.DATABASE_URL, config.DATABASE_PREFIX) : embedded(config),
    kafka && ensureTopics({ ...kafka, logger }),
  ]);
  const redis = config.REDIS_URL ? connectRedis({ url: config.REDIS_URL, ...edges }) : undefined;
  const hub = inProcessHub(['payment', 'ticketing', 'notification-analytics']);
  const transports: Transport[] = [];
  const opened = (transport: Transport) => {
    transports.push(transport);
    return transport;
  };
  return {
    databaseUrl: server.url,
    transport: (clientId) => opened(kafka ? kafkaTransport({ ...kafka, clientId, ...edges }) : hub.transport()),
    redis,
    told: [
      config.DATABASE_URL ? 'PostgreSQL by URL' : 'embedded PostgreSQL',
      redis ? 'Redis' : 'locks and limits in process',
      kafka ? 'Kafka' : 'messages in process',
    ].join(', '),
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
      await redis?.close();
      await server.stop();
    },
  };
}

type Server = { url(name: DatabaseName): string; stop(): Promise<void> };

async function embedded(config: Config): Promise<Server> {
  const server = await startEmbeddedPostgres({ folder: path.resolve(config.DATA_FOLDER, 'postgres') });
  const nameOf = (name: DatabaseName) => `${config.DATABASE_PREFIX}_${name}`;
  for (const name of databases) await server.createDatabase(nameOf(name));
  return { url: (name) => server.url(nameOf(name)), stop: () => server.stop() };
}

/** Databases on a server that is not ours: created when they are missing, never dropped. */
async function serverAt(adminUrl: string, prefix: string): Promise<Server> {
  const nameOf = (name: DatabaseName) => `${prefix}_${name}`;
  await withSession(adminUrl, async (session) => {
    for (const name of databases) await createDatabase(session, nameOf(name));
  });
  const url = (name: DatabaseName) => {
    const address = new URL(adminUrl);
    address.pathname = `/${nameOf(name)}`;
    return address.href;
  };
  return { url, stop: async () => {} };
}
