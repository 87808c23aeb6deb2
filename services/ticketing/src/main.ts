import { ticketingApi } from '@boxoffice/contracts';
import { kafkaConnection, kafkaTransport, replayTarget } from '@boxoffice/messaging';
import { runService } from '@boxoffice/service-kit';
import { Config, compose, openDatabase } from './compose.ts';
import { group } from './consumers.ts';

await runService({
  name: 'ticketing',
  config: Config,
  router: ticketingApi,
  compose: (config, { logger, metrics }) =>
    compose(config, { logger, metrics, transport: kafkaTransport({ ...kafkaConnection(config), clientId: 'ticketing', logger, metrics }) }),
  targets: {
    migrate: async (config, { logger }) => {
      const db = await openDatabase(config.DATABASE_URL, logger);
      logger.info({ ran: await db.migrate().finally(() => db.close()) }, 'schema is up to date');
    },
    replay: replayTarget(group, ({ DATABASE_URL }) => openDatabase(DATABASE_URL)),
  },
});
