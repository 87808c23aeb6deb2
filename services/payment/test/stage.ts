import { randomUUID } from 'node:crypto';
import { type Caller, type EventChanged, type PaymentMethod, type PaymentService, Refusal, type User } from '@boxoffice/contracts';
import { inProcessHub } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import { createLogger, createMetrics, type Metrics } from '@boxoffice/service-kit';
import { asUser, testDatabase } from '@boxoffice/testing';
import type { z } from 'zod';
import { type ComposeConfig, compose, entities, migrations, type PaymentPart } from '../src/compose.ts';
import { noteEvents } from '../src/use-cases/note-events.ts';
import { type Bank, type BankName, openBank } from './banks.ts';
import { type BookingSide, bookingPeer, organisationId } from './booking-peer.ts';
import { type FaultyWorld, faultyWorld } from './faults.ts';
import { organisations } from './organisations-peer.ts';
import { type TicketingSide, ticketingPeer } from './ticketing-peer.ts';

export { cards } from './cards.ts';

/** One payment process of a stage. */
export interface PaymentProcess {
  part: PaymentPart;
  payment: PaymentService;
  world: FaultyWorld;
  metrics: Metrics;
  /** Everything this process has logged, as text. */
  log(): string;
  /** One run of the job of this name. */
  run(
    job: 'reconcile-payments' | 'cancel-unpaid-payments' | 'settle-refunds' | 'give-up-overdue-payments' | 'refund-cancelled-events',
  ): Promise<unknown>;
}

/** A fresh database, one booking, one ticketing, one bank, and any number of payment processes over them. */
export interface Stage {
  db: Database;
  booking: BookingSide;
  ticketing: TicketingSide;
  bank: Bank;
  process(config?: Partial<z.input<typeof ComposeConfig>>): Promise<PaymentProcess>;
  /** A customer with a created payment of his held seats. */
  customer(
    payment: PaymentService,
    seats?: number,
    of?: { eventId?: string; method?: PaymentMethod; me?: Caller<User> | undefined },
  ): Promise<{ me: Caller<User>; reservationId: string; paymentId: string }>;
  /** Booking says this of an event, new unless it is named: on sale, in two days, in a time zone two hours ahead of UTC. */
  event(told?: Partial<EventTold>): Promise<string>;
  /** Time passes for one payment: its lease is over and its next check is due. */
  later(paymentId: string): Promise<void>;
  /** Time passes for the refunds of one payment. */
  laterForRefunds(paymentId: string): Promise<void>;
  close(): Promise<void>;
}

type EventTold = z.output<typeof EventChanged.payload>;

export async function freshStage({ bank: name = 'test' }: { bank?: BankName } = {}): Promise<Stage> {
  const db = await testDatabase({ name: 'payment', entities, migrations });
  const bank = await openBank(name, db);
  const booking = bookingPeer();
  const ticketing = ticketingPeer();
  const processes: PaymentProcess[] = [];
  return {
    db,
    booking,
    ticketing,
    bank,
    process: async (config = {}) => {
      const process = await startProcess({ db, bank, booking, ticketing, config });
      processes.push(process);
      return process;
    },
    customer: async (payment, seats, { eventId, method, me = asUser() } = {}) => {
      const reservationId = await booking.hold(me.actor.userId, seats, eventId === undefined ? {} : { eventId });
      const { paymentId } = await payment.createPayment({ reservationId, method }, me);
      return { me, reservationId, paymentId };
    },
    event: async (told = {}) => {
      const eventId = told.eventId ?? randomUUID();
      const startsAt = new Date(Date.now() + 48 * 3_600_000).toISOString();
      const fixed = { organisationId, name: 'Noche de jazz', venue: 'Paraninfo', timeZone: 'Africa/Harare', currency: 'EUR' };
      const fact = { ...fixed, eventId, startsAt, revision: 1, status: 'PUBLISHED' as const, ...told };
      await db.transaction((tx) => noteEvents(tx, [{ fact }]));
      return eventId;
    },
    later: async (paymentId) => {
      await db.query(
        `UPDATE transactions SET driver_until = driver_until - interval '1 hour', next_check_at = statement_timestamp(), step_since = step_since - interval '1 minute'
         WHERE id = $1 AND status = 'PENDING'`,
        [paymentId],
      );
    },
    laterForRefunds: async (paymentId) => {
      await db.query(
        `UPDATE refunds SET driver_until = driver_until - interval '1 hour', next_check_at = statement_timestamp() WHERE payment_id = $1 AND status = 'PENDING'`,
        [paymentId],
      );
    },
    close: async () => {
      for (const { part, world } of processes) {
        world.resume();
        await part.close();
      }
      await bank.close();
    },
  };
}

interface Ingredients extends Pick<Stage, 'db' | 'bank' | 'booking' | 'ticketing'> {
  config: Partial<z.input<typeof ComposeConfig>>;
}

async function startProcess({ db, bank, booking, ticketing, config }: Ingredients): Promise<PaymentProcess> {
  const world = faultyWorld();
  const lines: string[] = [];
  const logger = createLogger({ service: 'payment', level: 'trace', destination: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics('payment');
  const part = await compose(
    { DATABASE_URL: db.url, PROVIDER_DEADLINE_MS: 500, CONFIRM_ANSWER_MS: 2_000, ...config },
    {
      logger,
      metrics,
      transport: inProcessHub().transport(),
      seatAllocation: world.around(booking.seatAllocation),
      ticketing: world.around(ticketing.ticketing),
      identity: organisations,
      provider: world.around(bank.provider),
    },
  );
  const run = async (name: string) => part.jobs.find((job) => job.name === name)?.run();
  return { part, payment: part.api.payment, world, metrics, log: () => lines.join(''), run };
}

/** The refusal of a call that must not succeed. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal['refusal']> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Refusal) return error.refusal;
  throw new Error(`expected a refusal, got ${String(error)}`);
}
