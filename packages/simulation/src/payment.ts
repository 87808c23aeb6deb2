import { Refusal } from '@boxoffice/contracts';
import { ConfirmResult, SeatAllocationService } from '@boxoffice/contracts/grpc';
import { asked, backOffMs, type Heard, isOpen, keyOf } from '@boxoffice/payment/domain';
import { awaitedFact, confirmedFact, type Driven, driveOn, failedFact, type Transaction, type Turn } from '@boxoffice/payment/drive';
import { type Ask, askBooking, type PaymentProvider, type PayWith, providerQuestion } from '@boxoffice/payment/questions';
import { createLogger, inProcessGrpc } from '@boxoffice/service-kit';
import type { Bank } from './bank.ts';
import { type Booking, priceMinor } from './booking.ts';
import type { Guarded } from './guards.ts';
import type { Outbox } from './messages.ts';
import { call, type Life, Lost, type Process, type World } from './world.ts';

const leaseMs = 20_000;
const absentAfterMs = 30_000;
const logger = createLogger({ service: 'simulation', level: 'silent' });
const results = { CONFIRMED: ConfirmResult.CONFIRMED, OTHER: ConfirmResult.OTHER, GONE: ConfirmResult.GONE };

type Parts = { world: World; guarded: Guarded; outbox: Outbox; bank: Bank; banking: Process; booking: Booking; bookings: Process };

/** Payment's use cases over rows in memory. Deciding, driving and asking are the service's own code. */
export class Payment {
  readonly rows = new Map<string, Transaction>();
  readonly #parts: Parts;
  #drivers = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** See create-payment.ts: the id derives from the key; one payment of a reservation is pending at a time. */
  async create(me: Life, { userId, key, reservationId }: { userId: string; key: string; reservationId: string }): Promise<string> {
    const { world, booking, bookings } = this.#parts;
    const id = `p-${userId}-${key}`;
    if (this.rows.has(id)) return id;
    const seats = await call(world, me, bookings, ['begin a payment', (there) => booking.beginPayment(there, reservationId, userId)]);
    await me.step(`opens ${id}`);
    const pending = [...this.rows.values()].find((row) => row.reservationId === reservationId && row.status === 'PENDING');
    if (pending && pending.id !== id) throw new Refusal('PAYMENT_ALREADY_PENDING', { paymentId: pending.id });
    const payUntil = new Date(Math.max(...seats.map((seat) => seat.expiresAt)));
    if (!this.rows.has(id))
      this.rows.set(
        id,
        opened(
          { id, reservationId, userId, payUntil, now: new Date(world.now) },
          seats.map((seat) => seat.seatId),
        ),
      );
    return id;
  }

  /** See confirm-payment.ts: starts the payment, or goes on with it when nobody drives. */
  async confirm(me: Life, id: string, card: string): Promise<Transaction['status']> {
    await me.step(`starts ${id}`);
    const row = this.#row(id);
    const now = new Date(this.#parts.world.now);
    if (row.step === 'CREATED' && row.status === 'PENDING')
      Object.assign(row, { step: 'AUTHORISING', stepSince: now, attempts: 0, cardLast4: card.slice(-4), nextCheckAt: now });
    const driven = this.#lease(row);
    if (driven) await this.#drive(me, driven, { card });
    return this.#row(id).status;
  }

  /** See reconcile-payments.ts. */
  async reconcile(me: Life): Promise<void> {
    await me.step('looks for payments to go on with');
    const due = [...this.rows.values()].filter((row) => row.nextCheckAt.getTime() <= this.#parts.world.now);
    const driven = due.flatMap((row) => this.#lease(row) ?? []);
    await Promise.all(driven.map((one) => this.#drive(me, one)));
  }

  /** See cancel-unpaid-payments.ts. */
  async cancelUnpaid(me: Life): Promise<void> {
    await me.step('cancels what nobody paid');
    for (const row of this.rows.values())
      if (row.step === 'CREATED' && row.status === 'PENDING' && row.nextCheckAt.getTime() <= this.#parts.world.now)
        Object.assign(row, { status: 'CANCELLED', step: 'SETTLED' });
  }

  #row(id: string): Transaction {
    const row = this.rows.get(id);
    if (!row) throw new Refusal('PAYMENT_NOT_FOUND', {});
    return row;
  }

  /** The lease of lease-payments.sql.ts. */
  #lease(row: Transaction): Driven | undefined {
    const { now } = this.#parts.world;
    const isFree = !row.driverUntil || row.driverUntil.getTime() <= now;
    if (row.status !== 'PENDING' || row.step === 'CREATED' || !isFree) return undefined;
    const driver = `driver-${++this.#drivers}`;
    Object.assign(row, { driver, driverUntil: new Date(now + leaseMs), attempts: row.attempts + 1 });
    return { payment: { ...row }, driver, askId: 0, askedAt: new Date(now) };
  }

  /** A drive that breaks is logged and its lease runs out, as in settlement.ts; one that breaks for another reason than the weather is a bug. */
  async #drive(me: Life, driven: Driven, payWith?: PayWith): Promise<void> {
    try {
      await driveOn({ ask: this.#ask(me), write: (from, turn) => this.#write(me, from, turn), absentAfterMs }, driven, payWith);
    } catch (error) {
      if (!(error instanceof Lost)) this.#parts.world.complaints.push(`bug while driving ${driven.payment.id}: ${String(error)}`);
    }
  }

  #ask(me: Life): Ask {
    const { world, bank, banking, booking, bookings } = this.#parts;
    const toBank = <T>(label: string, work: () => T) => call(world, me, banking, [label, async () => work()]);
    const toBooking = <T>(label: string, work: (there: Life) => Promise<T>) => call(world, me, bookings, [label, work]);
    const provider: PaymentProvider = {
      name: 'simulated',
      refuseUnknownMethod: () => {},
      authorise: (request) => toBank(`authorise ${request.key}`, () => bank.authorise(request)),
      capture: (request) => toBank(`capture ${request.charge}`, () => bank.capture(request)),
      void: (request) => toBank(`void ${request.charge}`, () => bank.void(request)),
      refund: (request) => toBank(`refund ${request.charge}`, () => bank.refund(request)),
      lookUp: (request) => toBank(`look up ${request.charge}`, () => bank.lookUp(request)),
    };
    const seatAllocation = inProcessGrpc(SeatAllocationService, {
      confirmSeat: async (sale) => ({
        result: results[await toBooking(`confirm ${sale.reservationId}`, (there) => booking.confirmSeat(there, sale))],
      }),
      releaseSeat: async ({ reservationId: id }) => ({
        released: await toBooking(`release ${id}`, (there) => booking.releaseSeat(there, id, 'payment-failed')),
      }),
      returnSeats: async ({ reservationId: id, seatIds }) => ({
        returned: await toBooking(`take back ${id}`, (there) => booking.returnSeats(there, id, seatIds)),
      }),
      holdSeat: notAsked,
      beginPayment: notAsked,
    });
    return async (payment, payWith): Promise<Heard> => {
      if (asked[payment.step] === 'booking') return { from: 'booking', said: await askBooking({ seatAllocation, logger }, payment) };
      const said = providerQuestion({ provider, providerDeadlineMs: 0 }, payment, payWith);
      return { from: 'provider', said: await said.catch(() => ({ kind: 'unknown' as const })) };
    };
  }

  /** The transaction of settlement.ts: fenced on driver and step, the fact in the same commit. */
  async #write(me: Life, { payment, driver }: Driven, { heard, decision }: Turn): Promise<Driven | undefined> {
    const { world, guarded, outbox } = this.#parts;
    await me.step(`writes that ${payment.id} heard ${heard.said.kind} while ${payment.step}`);
    const row = this.#row(payment.id);
    const isOurs = row.driver === driver && row.step === payment.step;
    if (!isOurs && guarded('driver-fence')) return undefined;
    const now = new Date(world.now);
    if (decision === 'wait') {
      const nextCheckAt = new Date(world.now + backOffMs(payment.attempts, world.chance.next()));
      Object.assign(row, { driver: null, driverUntil: null, nextCheckAt });
      return undefined;
    }
    const { next, say } = decision;
    const isEnd = !isOpen(next.step);
    Object.assign(row, { ...next, failureReason: next.failure, stepSince: now, attempts: 0, nextCheckAt: now });
    Object.assign(row, { driver: isEnd ? null : driver, driverUntil: isEnd ? null : new Date(world.now + leaseMs) });
    if (say && !guarded('outbox-in-transaction')) await me.step('says it in a transaction of its own');
    if (say) outbox.say(`payment-${say}`, row.id, facts[say](row));
    if (world.chance.is(world.weather.commitUnanswered)) throw new Lost('COMMIT: the answer');
    return { payment: { ...row }, driver, askId: 0, askedAt: now };
  }
}

const facts = { awaited: (row: Transaction) => awaitedFact(row, null), confirmed: confirmedFact, failed: failedFact };
const notAsked = () => Promise.reject(new Error('payment does not ask this while it settles'));

type Opening = Pick<Transaction, 'id' | 'reservationId' | 'userId' | 'payUntil'> & { now: Date };

function opened({ now, ...given }: Opening, seatIds: readonly string[]): Transaction {
  const seats = seatIds.map((seatId) => ({ seatId, label: seatId, category: 'Stalls', priceMinor }));
  return {
    ...given,
    ...{ transactionId: given.id, eventId: 'event', organisationId: 'organisation', seats, currency: 'EUR' },
    ...{ amountMinor: priceMinor * seats.length, feeMinor: 0, status: 'PENDING', step: 'CREATED', stepKey: null, stepSince: now, captured: false },
    ...{ method: 'online' as const, provider: 'simulated', accountId: null, payWith: null, actionUrl: null, reference: null },
    ...{
      attempts: 0,
      nextCheckAt: given.payUntil,
      driver: null,
      driverUntil: null,
      cardLast4: null,
      providerReference: null,
      failureReason: null,
      cancellationId: null,
    },
    createdAt: now,
  };
}

/** The provider's key of a payment's charge. */
export const chargeKey = (paymentId: string): string => keyOf(paymentId, 'AUTHORISING');
