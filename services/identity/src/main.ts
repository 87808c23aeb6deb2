import { identityApi } from '@boxoffice/contracts';
import { runService } from '@boxoffice/service-kit';
import { Config, compose, openDatabase } from './compose.ts';

await runService({
  name: 'identity',
  config: Config,
  router: identityApi,
  compose,
  targets: {
    migrate: async (config, { logger }) => {
      const db = await openDatabase(config);
      const migrations = await db.migrate().finally(() => db.close());
      logger.info({ migrations }, 'migrated');
    },
  },
});
