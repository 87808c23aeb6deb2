import type { Caller, PaymentService, User } from '@boxoffice/contracts';
import { paymentApi } from '@boxoffice/contracts';
import { inProcessHub } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import { createLogger, createMetrics, httpServer, type Metrics } from '@boxoffice/service-kit';
import { anyone, asMember, asUser, type StripeServer, startStripeServer, testDatabase } from '@boxoffice/testing';
import type { z } from 'zod';
import { type ComposeConfig, compose, entities, generateSecrets, migrations, type PaymentPart } from '../src/compose.ts';
import { type BookingSide, bookingPeer, organisationId } from './booking-peer.ts';
import { organisations } from './organisations-peer.ts';
import { ticketingPeer } from './ticketing-peer.ts';

/** Payment processes whose accounts are the real ones: keys in the database, Stripe at the other end of a wire. */
export interface AccountStage {
  db: Database;
  stripe: StripeServer;
  booking: BookingSide;
  manager: Caller<User>;
  process(config?: Partial<z.input<typeof ComposeConfig>>): Promise<AccountProcess>;
  close(): Promise<void>;
}
export interface AccountProcess {
  part: PaymentPart;
  payment: PaymentService;
  metrics: Metrics;
  url: string;
  /** Everything logged, at level trace. */
  log(): string;
  run(job: string): Promise<unknown>;
}

export const secretKey = 'sk_test_boxoffice';
export const publishableKey = 'pk_test_boxoffice';
export const returnUrl = 'https://tickets.example/paid';

export async function accountStage(): Promise<AccountStage> {
  const db = await testDatabase({ name: 'payment', entities, migrations });
  const stripe = await startStripeServer();
  const booking = bookingPeer();
  const secrets = generateSecrets();
  const closing: (() => Promise<void>)[] = [];
  return {
    db,
    stripe,
    booking,
    manager: asMember({ organisationId, role: 'manager' }),
    process: async (config = {}) => {
      const lines: string[] = [];
      const logger = createLogger({ service: 'payment', level: 'trace', destination: { write: (line) => void lines.push(line) } });
      const metrics = createMetrics('payment');
      const part = await compose(
        { DATABASE_URL: db.url, STRIPE_API_URL: stripe.url, PROVIDER_DEADLINE_MS: 2_000, CONFIRM_ANSWER_MS: 4_000, ...secrets, ...config },
        {
          logger,
          metrics,
          transport: inProcessHub().transport(),
          seatAllocation: booking.seatAllocation,
          ticketing: ticketingPeer().ticketing,
          identity: organisations,
        },
      );
      const callers = { read: async () => anyone() };
      const server = httpServer({ ...part, name: 'payment', router: paymentApi, callers, logger, metrics });
      closing.push(async () => {
        await server.close();
        await part.close();
      });
      const url = await server.listen(0, '127.0.0.1');
      const run = async (name: string) => part.jobs.find((job) => job.name === name)?.run();
      return { part, payment: part.api.payment, metrics, url, log: () => lines.join(''), run };
    },
    close: async () => {
      await stripe.close();
      for (const close of closing) await close();
    },
  };
}

/** A customer with a created payment of held seats. */
export async function customerOf({ booking }: AccountStage, payment: PaymentService) {
  const me = asUser();
  const reservationId = await booking.hold(me.actor.userId);
  const { paymentId } = await payment.createPayment({ reservationId }, me);
  return { me, reservationId, paymentId };
}
