import { identityApi } from '@boxoffice/contracts';
import { kafkaConnection, kafkaTransport } from '@boxoffice/messaging';
import { runService } from '@boxoffice/service-kit';
import { Config, compose, openDatabase } from './compose.ts';

await runService({
  name: 'identity',
  config: Config,
  router: identityApi,
  compose: async (config, { logger, metrics }) => {
    const transport = kafkaTransport({ ...kafkaConnection(config), clientId: 'identity', logger, metrics });
    const part = await compose(config, { logger, metrics, transport });
    return { ...part, close: () => Promise.all([part.close(), transport.close()]).then(() => {}) };
  },
  targets: {
    migrate: async (config, { logger }) => {
      const db = await openDatabase(config);
      const migrations = await db.migrate().finally(() => db.close());
      logger.info({ migrations }, 'migrated');
    },
  },
});
