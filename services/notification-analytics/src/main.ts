import { analyticsApi, type IdentityService, identityRouter, type TicketingService, ticketingRouter } from '@boxoffice/contracts';
import { kafkaConnection, kafkaTransport, replayTarget } from '@boxoffice/messaging';
import { remote, runService } from '@boxoffice/service-kit';
import { Config, compose, openDatabase } from './compose.ts';
import { group } from './consumers.ts';

await runService({
  name: 'notification-analytics',
  config: Config,
  router: analyticsApi,
  compose: (config, { logger, metrics, self }) =>
    compose(config, {
      logger,
      metrics,
      transport: kafkaTransport({ ...kafkaConnection(config), clientId: 'notification-analytics', logger, metrics }),
      identity: remote<IdentityService>('identity', identityRouter, config.IDENTITY_URL, { as: self }),
      ticketing: remote<TicketingService>('ticketing', ticketingRouter, config.TICKETING_URL, { as: self }),
    }),
  targets: {
    migrate: async (config, { logger }) => {
      const db = await openDatabase(config.DATABASE_URL);
      const ran = await db.migrate().finally(() => db.close());
      logger.info({ ran }, 'schema is up to date');
    },
    replay: replayTarget(group, ({ DATABASE_URL }) => openDatabase(DATABASE_URL)),
  },
});
