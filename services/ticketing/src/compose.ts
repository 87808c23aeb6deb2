import { randomBytes } from 'node:crypto';
import type { TicketingService } from '@boxoffice/contracts';
import { consumers, relay, type Transport } from '@boxoffice/messaging';
import { connect, type Database, type Log, measurePool, readyCheck } from '@boxoffice/postgres';
import type { Part, Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { type Config, defaultMaxStreams } from './config.ts';
import { group, handlers } from './consumers.ts';
import { type TicketSigner, ticketSigner } from './crypto/ticket-signer.ts';
import { jobs } from './jobs.ts';
import { entities } from './persistence/entities.ts';
import { routes } from './routes.ts';
import { ticketFeed } from './ticket-feed.ts';
import { cancelTickets } from './use-cases/cancel-tickets.ts';
import { checkIn } from './use-cases/check-in.ts';
import { getTicket } from './use-cases/get-ticket.ts';
import { myTickets } from './use-cases/my-tickets.ts';
import { qrKeys } from './use-cases/qr-keys.ts';
import { ticketsOf } from './use-cases/tickets-of.ts';

export { migrations } from '../migrations/index.ts';
export { Config } from './config.ts';
export { entities } from './persistence/entities.ts';

/** What composing needs of the configuration, whoever composes. */
export type ComposeConfig = Pick<z.output<typeof Config>, 'DATABASE_URL' | 'TICKET_KEY_SECRET'> &
  Partial<Pick<z.output<typeof Config>, 'MAX_STREAMS'>>;
/** What comes from outside: logger, metrics and the way messages travel. */
export type Edges = Pick<Platform, 'logger' | 'metrics'> & { transport: Transport };

/** Ticketing's database; connects at first use. */
export const openDatabase = (url: string, log?: Log): Promise<Database> =>
  connect({ url, entities, migrations, applicationName: 'boxoffice-ticketing', ...(log && { log }) });

/** The ticketing service. */
export async function compose(config: ComposeConfig, edges: Edges): Promise<Part<{ ticketing: TicketingService }>> {
  const db = await openDatabase(config.DATABASE_URL, edges.logger);
  measurePool(db, edges.metrics);
  const signer = ticketSigner(db, Buffer.from(config.TICKET_KEY_SECRET, 'base64'));
  const feed = ticketFeed({ db, ...edges, maxStreams: config.MAX_STREAMS ?? defaultMaxStreams });
  const heard = consumers({ db, ...edges, group, handlers: handlers({ signer }) });
  const schemaReady = readyCheck(db);
  return {
    name: 'ticketing',
    api: { ticketing: useCases({ db, signer }) },
    routes: routes({ db, feed }),
    jobs: [...jobs({ db }), ...heard.jobs],
    workers: [relay({ db, ...edges }), heard.worker, feed],
    ready: async () => {
      await schemaReady();
      await signer.prepare(); // a wrong secret is told before anybody pays for a ticket that cannot be signed
    },
    close: async () => {
      await edges.transport.close();
      await db.close();
    },
  };
}

const useCases = (deps: { db: Database; signer: TicketSigner }): TicketingService => ({
  myTickets: myTickets(deps),
  getTicket: getTicket(deps),
  checkIn: checkIn(deps),
  qrKeys: qrKeys(deps),
  ticketsOf: ticketsOf(deps),
  cancelTickets: cancelTickets(deps),
});

/** Fresh secrets for an installation that is made by a program; to be kept, for without them the private keys in the database are lost. */
export const generateSecrets = (): { TICKET_KEY_SECRET: string } => ({ TICKET_KEY_SECRET: randomBytes(32).toString('base64') });
