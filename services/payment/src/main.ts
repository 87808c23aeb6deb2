import { type IdentityService, identityRouter, paymentApi, type TicketingService, ticketingRouter } from '@boxoffice/contracts';
import { SeatAllocationService } from '@boxoffice/contracts/grpc';
import { kafkaConnection, kafkaTransport, replayTarget } from '@boxoffice/messaging';
import { grpcClient, remote, runService } from '@boxoffice/service-kit';
import { Config, compose, openDatabase } from './compose.ts';
import { group } from './consumers.ts';

await runService({
  name: 'payment',
  config: Config,
  router: paymentApi,
  compose: async (config, { logger, metrics, self }) => {
    const transport = kafkaTransport({ ...kafkaConnection(config), clientId: 'payment', logger, metrics });
    const booking = { address: config.BOOKING_GRPC, as: self, audience: 'booking', deadlineMs: config.BOOKING_DEADLINE_MS } as const;
    const seatAllocation = grpcClient(SeatAllocationService, booking);
    const ticketing = remote<TicketingService>('ticketing', ticketingRouter, config.TICKETING_URL, { as: self });
    const identity = remote<IdentityService>('identity', identityRouter, config.IDENTITY_URL, { as: self });
    const part = await compose(config, { logger, metrics, transport, seatAllocation, ticketing, identity });
    const close = async () => {
      await part.close();
      seatAllocation.close();
      await transport.close();
    };
    return { ...part, close };
  },
  targets: {
    migrate: async (config, { logger }) => {
      const db = await openDatabase(config.DATABASE_URL);
      logger.info({ ran: await db.migrate().finally(() => db.close()) }, 'schema is up to date');
    },
    replay: replayTarget(group, ({ DATABASE_URL }) => openDatabase(DATABASE_URL)),
  },
});
