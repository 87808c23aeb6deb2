import type { BookingService } from '@boxoffice/contracts';
import { relay, type Transport } from '@boxoffice/messaging';
import { connect, type Database, measurePool, plansByIndex, readyCheck } from '@boxoffice/postgres';
import type { RedisConnection } from '@boxoffice/redis';
import type { Part, Platform } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { ComposeConfig } from './config.ts';
import type { Deps } from './deps.ts';
import { type SeatAllocation, seatAllocation } from './grpc.ts';
import { jobs } from './jobs.ts';
import { countHolds, measureSeats, measureUnreaped } from './metrics.ts';
import { claimsOver } from './persistence/claims.ts';
import { entities } from './persistence/entities.ts';
import { inProcessSeatLocks } from './persistence/in-process-seat-locks.ts';
import { redisSeatLocks } from './persistence/redis-seat-locks.ts';
import { routes } from './routes.ts';
import { beginPayment } from './use-cases/begin-payment.ts';
import { blockAdmission } from './use-cases/block-admission.ts';
import { blockSeats } from './use-cases/block-seats.ts';
import { cancelEvent } from './use-cases/cancel-event.ts';
import { confirmSeat } from './use-cases/confirm-seat.ts';
import { createEvent } from './use-cases/create-event.ts';
import { eventSeats } from './use-cases/event-seats.ts';
import { getEvent } from './use-cases/get-event.ts';
import { getReservation } from './use-cases/get-reservation.ts';
import { holdAdmission } from './use-cases/hold-admission.ts';
import { holdBestAvailable } from './use-cases/hold-best-available.ts';
import { holdSeats } from './use-cases/hold-seats.ts';
import { inventory } from './use-cases/inventory.ts';
import { listEvents } from './use-cases/list-events.ts';
import { listMyReservations } from './use-cases/list-my-reservations.ts';
import { listOrganisationEvents } from './use-cases/list-organisation-events.ts';
import { publishEvent } from './use-cases/publish-event.ts';
import { reapExpired } from './use-cases/reap-expired.ts';
import { releaseReservation } from './use-cases/release-reservation.ts';
import { releaseSeat } from './use-cases/release-seat.ts';
import { returnSeats } from './use-cases/return-seats.ts';
import { seatMap } from './use-cases/seat-map.ts';
import { unblockSeats } from './use-cases/unblock-seats.ts';
import { uploadSeatingPlan } from './use-cases/upload-seating-plan.ts';

export { ComposeConfig, Config } from './config.ts';
export type { SeatAllocation } from './grpc.ts';
export { entities, migrations, reapExpired };

/** What this service needs from its process: messages, and Redis where there is one (without it, seat locks are the process's own). */
export type Edges = Pick<Platform, 'logger' | 'metrics'> & { transport: Transport; redis?: RedisConnection | undefined };

/** Booking, composed; `seatAllocation` is what payment asks, over gRPC or in process. */
export type BookingPart = Part<{ booking: BookingService }> & { seatAllocation: SeatAllocation };

/** Opens this service's database; nothing is reached before first use. */
export const openDatabase = (url: string): Promise<Database> =>
  connect({ url, entities, migrations, settings: plansByIndex, applicationName: 'booking' });

/** Puts the service together. Connects to nothing yet; `close` ends the database and leaves the edges to whoever made them. */
export async function compose(given: z.input<typeof ComposeConfig>, { logger, metrics, transport, redis }: Edges): Promise<BookingPart> {
  const config = ComposeConfig.parse(given);
  const db = await openDatabase(config.DATABASE_URL);
  measurePool(db, metrics);
  const rate = { holds: config.HOLD_RATE, windowMs: 10_000 };
  const shared = redis && redisSeatLocks(redis, { logger, metrics, rate });
  const claims = claimsOver(db, {
    batch: config.HOLD_BATCH,
    inFlight: config.HOLD_BATCHES_IN_FLIGHT,
    queue: config.HOLD_QUEUE,
    deadlineMs: config.HOLD_DEADLINE_MS,
    metrics,
  });
  const deps: Deps = { db, claims, locks: shared ?? inProcessSeatLocks({ rate }), holdTtlMs: config.HOLD_TTL_MS, payingMs: config.PAYING_MS };
  const booking = bookingOver(deps, metrics);
  measureUnreaped(db, metrics);
  measureSeats(db, metrics);
  return {
    name: 'booking',
    api: { booking },
    seatAllocation: seatAllocation({
      holdSeats: booking.holdSeats,
      beginPayment: beginPayment(deps),
      confirmSeat: confirmSeat(deps),
      releaseSeat: releaseSeat(deps),
      returnSeats: returnSeats(deps),
    }),
    routes: routes(uploadSeatingPlan(deps)),
    jobs: jobs(db, { run: reapExpired(deps), everyMs: config.REAP_EVERY_MS }, shared?.payOwed),
    workers: [relay({ db, transport, logger, metrics })],
    ready: readyCheck(db),
    close: () => db.close(),
  };
}

const bookingOver = (deps: Deps, metrics: Platform['metrics']): BookingService => ({
  createEvent: createEvent(deps),
  publishEvent: publishEvent(deps),
  cancelEvent: cancelEvent(deps),
  getEvent: getEvent(deps),
  listEvents: listEvents(deps),
  listOrganisationEvents: listOrganisationEvents(deps),
  eventSeats: eventSeats(deps),
  seatMap: seatMap(deps),
  holdSeats: countHolds(holdSeats(deps), metrics),
  holdBestAvailable: countHolds(holdBestAvailable(deps), metrics),
  holdAdmission: countHolds(holdAdmission(deps), metrics),
  releaseReservation: releaseReservation(deps),
  getReservation: getReservation(deps),
  listMyReservations: listMyReservations(deps),
  blockSeats: blockSeats(deps),
  unblockSeats: unblockSeats(deps),
  blockAdmission: blockAdmission(deps),
  inventory: inventory(deps),
});
