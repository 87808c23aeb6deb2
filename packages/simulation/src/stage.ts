import { Bank } from './bank.ts';
import { Booking } from './booking.ts';
import type { Told } from './customers.ts';
import type { Guarded } from './guards.ts';
import { Broker, Consumer, type Message, Outbox, relayOnce } from './messages.ts';
import { Payment } from './payment.ts';
import { Redis } from './redis.ts';
import { Ticketing } from './ticketing.ts';
import { Life, Process, type World } from './world.ts';

/** What the reports heard, for counting. */
export type Heard = { applied: Map<string, number>; revisions: number[] };

/** All the parts, set up. */
export class Stage {
  readonly world: World;
  readonly guarded: Guarded;
  readonly redis: Redis;
  readonly broker = new Broker();
  readonly outboxes = { booking: new Outbox('booking'), payment: new Outbox('payment') };
  readonly bank: Bank;
  readonly booking: Booking;
  readonly payment: Payment;
  readonly ticketing: Ticketing;
  readonly consumers: { ticketing: Consumer; reports: Consumer };
  readonly heard: Heard = { applied: new Map(), revisions: [] };
  readonly told: Told = { holds: [], confirmed: new Set(), letIn: 0 };
  readonly bookings: Process;
  readonly payments: Process[];
  readonly ticketings: Process;
  readonly reports: Process;
  readonly customers: Life;
  #keys = 0;

  constructor(world: World, guarded: Guarded) {
    this.world = world;
    this.guarded = guarded;
    this.redis = new Redis(world, guarded);
    this.bank = new Bank(world, guarded);
    this.bookings = new Process(world, 'booking');
    this.payments = ['payment-1', 'payment-2'].map((name) => new Process(world, name));
    this.ticketings = new Process(world, 'ticketing');
    this.reports = new Process(world, 'reports');
    this.customers = new Life(world, 'customer');
    this.booking = new Booking({ world, guarded, redis: this.redis, outbox: this.outboxes.booking });
    const banking = new Process(world, 'bank');
    const { bank, booking, bookings } = this;
    this.payment = new Payment({ world, guarded, outbox: this.outboxes.payment, bank, banking, booking, bookings });
    this.ticketing = new Ticketing(guarded);
    const parts = { world, guarded, broker: this.broker };
    const count = (message: Message) => void this.heard.applied.set(message.id, (this.heard.applied.get(message.id) ?? 0) + 1);
    const revision = (message: Message) => {
      count(message);
      this.heard.revisions.push((message.payload as { revision: number }).revision); // as changeEvent says it
    };
    this.consumers = {
      ticketing: new Consumer({ ...parts, effects: this.ticketing.effects }),
      reports: new Consumer({ ...parts, effects: { 'payment-confirmed': count, 'payment-failed': count, 'event-changed': revision } }),
    };
  }

  nextKey(): number {
    return ++this.#keys;
  }

  /** Processes that can be killed. */
  get mortals(): Process[] {
    return [this.bookings, ...this.payments, this.ticketings, this.reports];
  }

  /** What runs by itself in a real installation; here chance says when, if ever. */
  jobs(): (() => void)[] {
    const { world, guarded, broker, outboxes, booking, payment } = this;
    const relay = (process: Process, outbox: Outbox) => () => process.start('relay', (me) => relayOnce(me, { world, outbox, broker, guarded }));
    const consume = (process: Process, consumer: Consumer) =>
      consumer.topics.map((topic) => () => process.start('consumer', (me) => consumer.consume(me, topic)));
    return [
      () => this.bookings.start('reaper', (me) => booking.reap(me)),
      relay(this.bookings, outboxes.booking),
      ...this.payments.flatMap((process) => [
        ...(guarded('reconciler') ? [() => process.start('reconciler', (me) => payment.reconcile(me))] : []),
        () => process.start('cancel-unpaid', (me) => payment.cancelUnpaid(me)),
        relay(process, outboxes.payment),
      ]),
      ...consume(this.ticketings, this.consumers.ticketing),
      ...consume(this.reports, this.consumers.reports),
    ];
  }
}
