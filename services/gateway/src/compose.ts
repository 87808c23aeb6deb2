import { analyticsRouter, bookingRouter, identityRouter, type Namespace, paymentRouter, type Services, ticketingRouter } from '@boxoffice/contracts';
import { connectRedis } from '@boxoffice/redis';
import { type Part, type Platform, remote } from '@boxoffice/service-kit';
import type { RequestHandler } from 'express';
import type { Config } from './config.ts';
import { forwarder } from './forward.ts';
import { frontDoor } from './front-door.ts';
import { hotForwarder } from './hot-forward.ts';
import { proceduresIn } from './owners.ts';

export { type FrontDoorConfig, frontDoorConfig } from './config.ts';
export { type FrontDoor, frontDoor } from './front-door.ts';

/**
 * One service: forwarded as it is. A batch over several services: answered here by the same router over remote services. What the door
 * turns away, and tokens that are not good, are answered here too and reach nobody.
 */
export async function compose(config: Config, platform: Platform): Promise<Part<Services>> {
  const { logger, metrics } = platform;
  const redis = config.REDIS_URL ? connectRedis({ url: config.REDIS_URL, logger, metrics }) : undefined;
  const door = frontDoor(config, { callers: platform.callers, redis, logger });
  const addresses = addressesOf(config);
  const bounds = { addresses, callDeadlineMs: config.CALL_DEADLINE_MS, maxCalls: config.MAX_CALLS, metrics };
  const carrier = forwarder({ ...bounds, maxStreams: config.MAX_STREAMS });
  const lane = hotForwarder({ ...bounds, door });
  const forward: RequestHandler = (req, res, next) => {
    const carried = async () => carrier.forward(req, res, { 'x-request-id': (await door.callers.read(req.headers)).requestId });
    carried().then(
      (taken) => taken || next(),
      (error) => {
        if (!proceduresIn(req.url)) return next(error);
        door.turnAway(req.headers, error);
        next(); // the tRPC adapter answers it in tRPC's shape
      },
    );
  };
  return {
    name: 'gateway',
    api: remoteServices(addresses),
    routes: [],
    jobs: [],
    workers: [],
    hot: lane.hot,
    before: [...door.before, forward],
    callers: door.callers,
    ready: async () => {},
    close: async () => {
      carrier.close();
      await lane.close();
      await redis?.close();
    },
  };
}

const addressesOf = (config: Config) =>
  new Map<Namespace, string>([
    ['identity', config.IDENTITY_URL],
    ['booking', config.BOOKING_URL],
    ['payment', config.PAYMENT_URL],
    ['ticketing', config.TICKETING_URL],
    ['analytics', config.ANALYTICS_URL],
  ]);

function remoteServices(addresses: ReadonlyMap<Namespace, string>): Services {
  const at = (namespace: Namespace) => `${addresses.get(namespace)}/trpc`;
  return {
    identity: remote('identity', identityRouter, at('identity')),
    booking: remote('booking', bookingRouter, at('booking')),
    payment: remote('payment', paymentRouter, at('payment')),
    ticketing: remote('ticketing', ticketingRouter, at('ticketing')),
    analytics: remote('analytics', analyticsRouter, at('analytics')),
  };
}
