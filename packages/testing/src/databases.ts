import { identifier, withSession } from '@boxoffice/postgres';
import { postgresServer } from './engines.ts';

const services = ['booking', 'identity', 'payment', 'ticketing', 'notification-analytics'] as const;

/** An empty database per service on the run's server, named after `prefix`, for a whole system. */
export async function databasesFor(prefix: string): Promise<{ url(service: (typeof services)[number]): string; drop(): Promise<void> }> {
  const server = postgresServer();
  const nameOf = (service: string) => `${prefix}_${service.replace('-', '_')}`;
  const each = (statement: (database: string) => string) =>
    withSession(server.adminUrl, async (session) => {
      for (const service of services) await session.query(statement(identifier(nameOf(service))));
    });
  await each((database) => `CREATE DATABASE ${database}`);
  return { url: (service) => server.url(nameOf(service)), drop: () => each((database) => `DROP DATABASE ${database} WITH (FORCE)`) };
}
