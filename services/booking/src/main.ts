import { bookingApi } from '@boxoffice/contracts';
import { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { kafkaConnection, kafkaTransport } from '@boxoffice/messaging';
import { connectRedis } from '@boxoffice/redis';
import { grpcServer, runService } from '@boxoffice/service-kit';
import { Config, compose, openDatabase, reapExpired } from './compose.ts';

await runService({
  name: 'booking',
  config: Config,
  router: bookingApi,
  compose: async (config, { logger, metrics, callers }) => {
    const transport = kafkaTransport({ ...kafkaConnection(config), clientId: 'booking', logger, metrics });
    const redis = config.REDIS_URL === undefined ? undefined : connectRedis({ url: config.REDIS_URL, logger, metrics });
    const part = await compose(config, { logger, metrics, transport, redis });
    const listen = { port: config.GRPC_PORT, host: config.HOST, callers, logger, metrics };
    const workers = [...part.workers, grpcServer({ service: SeatAllocationService, implementation: part.seatAllocation, ...listen })];
    return { ...part, workers, close: () => Promise.all([part.close(), transport.close(), redis?.close()]).then(() => {}) };
  },
  targets: {
    migrate: async (config, { logger }) => {
      const db = await openDatabase(config.DATABASE_URL);
      logger.info({ ran: await db.migrate().finally(() => db.close()) }, 'schema is up to date');
    },
    reap: async (config) => {
      const db = await openDatabase(config.DATABASE_URL);
      process.stdout.write(`released ${await reapExpired({ db })().finally(() => db.close())} expired seats\n`);
    },
  },
});
