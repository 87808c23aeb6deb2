import { Refusal } from '@boxoffice/contracts';
import type { Guarded } from './guards.ts';
import { rulesUnder, saleRulesUnder } from './guards.ts';
import type { Outbox } from './messages.ts';
import type { Redis } from './redis.ts';
import * as machine from './seat-machine.ts';
import * as returns from './seat-returns.ts';
import { bugIn, type Life, Lost, type World } from './world.ts';

const holdTtlMs = 300_000;
const payingMs = 600_000;
/** Postgres cancels a statement that takes longer. */
const statementTimeoutMs = 5_000;
const reapGraceMs = 10_000;
export const priceMinor = 1_500;
export const seatIds = ['s1', 's2', 's3', 's4', 's5'];
export const limit = 3;

export type Wanted = { userId: string; key: string; seatIds: readonly string[] };
export type Held = { reservationId: string; status: machine.Entry['status']; heldUntil: number };

/** Booking's use cases, step by step as in services/booking/src/use-cases; the statements are the seat machine's. */
export class Booking {
  readonly house: machine.House;
  /** Who holds a customer's advisory lock. */
  readonly #locked = new Map<string, symbol>();
  readonly #world: World;
  readonly #redis: Redis;
  readonly #guarded: Guarded;
  readonly #outbox: Outbox;
  #ids = 0;
  #revision = 0;

  constructor({ world, redis, guarded, outbox }: { world: World; redis: Redis; guarded: Guarded; outbox: Outbox }) {
    this.house = machine.createHouse(seatIds, limit, rulesUnder(guarded));
    this.#world = world;
    this.#redis = redis;
    this.#guarded = guarded;
    this.#outbox = outbox;
  }

  idOf({ userId, key }: Wanted): string {
    return this.#guarded('hold-key') ? `r-${userId}-${key}` : `r-${userId}-${key}-${++this.#ids}`;
  }

  /** See hold-seats.ts: the lock turns losers away, Postgres decides, every way out but success deletes the lock again. */
  async hold(me: Life, wanted: Wanted): Promise<Held> {
    const hold = { reservationId: this.idOf(wanted), userId: wanted.userId, seatIds: wanted.seatIds, ttlMs: holdTtlMs };
    await me.step('sets the seat locks');
    const locks = this.#redis.acquire(hold.reservationId, hold.seatIds, holdTtlMs);
    if (locks === 'taken') throw new Refusal('SEAT_ALREADY_HELD', { seatIds: [...hold.seatIds] });
    try {
      if (this.#isReplyLost()) await me.step('did not hear whether the locks are set');
      const answer = await this.#statement(me, {
        of: hold.userId,
        label: `hold ${hold.reservationId}`,
        look: (at) => machine.hold(this.house, hold, at),
      });
      if (answer.result === 'HELD') return { reservationId: hold.reservationId, status: 'HELD', heldUntil: answer.heldUntil };
      if (answer.result === 'CLOSED') throw new Refusal('SEAT_LIMIT_EXCEEDED', { limit, taken: limit });
      if (answer.result === 'TAKEN') throw new Refusal('SEAT_ALREADY_HELD', { seatIds: [...hold.seatIds] });
      await me.step('reads the reservation');
      const [first] = machine.reservation(this.house, hold.reservationId);
      if (!first) throw new Error('a known reservation has seats');
      const { status } = returns.readEntry(first, this.#world.now);
      await this.#unlock(me, hold.reservationId);
      return { reservationId: hold.reservationId, status, heldUntil: first.expiresAt };
    } catch (error) {
      await me.step('deletes the seat locks');
      this.#redis.release(hold.reservationId, hold.seatIds);
      throw error;
    }
  }

  /** See begin-payment.ts. */
  async beginPayment(me: Life, reservationId: string, userId: string): Promise<machine.Entry[]> {
    const seats = await this.#statement(me, {
      of: userId,
      label: `extend ${reservationId}`,
      look: (at) => {
        const carryOut = machine.extend(this.house, { reservationId, userId, keepMs: payingMs }, at);
        return () => {
          carryOut();
          return machine.reservation(this.house, reservationId).map((entry) => ({ ...entry, ...returns.readEntry(entry, this.#world.now) }));
        };
      },
    });
    if (seats.length === 0) throw new Refusal('RESERVATION_NOT_FOUND', {});
    const status = seats.some((seat) => seat.status === 'CONFIRMED') ? 'CONFIRMED' : 'RELEASED';
    if (seats.every((seat) => seat.status !== 'HELD')) throw new Refusal('RESERVATION_NOT_HELD', { status });
    return seats;
  }

  /** See confirm-seat.ts: the plain way first, then the verdict on a fresh snapshot. */
  async confirmSeat(me: Life, sale: machine.Sale): Promise<machine.SaleResult> {
    const [owner] = machine.reservation(this.house, sale.reservationId);
    if (!owner) return 'GONE';
    const of = owner.userId;
    const house = { ...this.house, rules: saleRulesUnder(this.#guarded) };
    const label = `${sale.reservationId} to ${sale.paymentId}`;
    const sold = await this.#statement(me, { of, label: `sell ${label}`, look: (at) => machine.confirm(house, sale, at) });
    const verdict = sold
      ? 'CONFIRMED'
      : await this.#statement(me, { of, label: `settle ${label}`, look: (at) => machine.settle(this.house, sale, at) });
    await this.#unlock(me, sale.reservationId);
    return verdict;
  }

  /** See release-seat.ts and release-reservation.ts. */
  async releaseSeat(me: Life, reservationId: string, reason: 'customer' | 'payment-failed'): Promise<number> {
    const [owner] = machine.reservation(this.house, reservationId);
    if (!owner) throw new Refusal('RESERVATION_NOT_FOUND', {});
    const released = await this.#statement(me, {
      ...(reason === 'payment-failed' && { of: owner.userId }),
      label: `release ${reservationId}`,
      look: () => {
        const carryOut = returns.release(this.house, reservationId, reason);
        return () => {
          const seats = carryOut();
          if (reason === 'payment-failed' && this.#guarded('shut-expired')) returns.shutExpired(this.house, reservationId);
          return seats;
        };
      },
    });
    await this.#unlock(me, reservationId);
    return released;
  }

  /** See return-seats.ts. */
  async returnSeats(me: Life, reservationId: string, seats: readonly string[]): Promise<number> {
    const look = () => returns.giveBack(this.house, reservationId, seats);
    return (await this.#statement(me, { label: `put ${reservationId} back on sale`, look })).length;
  }

  async reap(me: Life): Promise<void> {
    await me.step('reaps');
    returns.reap(this.house, reapGraceMs, this.#world.now);
  }

  /** Staff takes a seat off sale, or puts all back. */
  async block(me: Life, seatId: string | undefined): Promise<void> {
    await me.step(seatId === undefined ? 'unblocks' : `blocks ${seatId}`);
    if (seatId === undefined) returns.unblock(this.house, seatIds);
    else returns.block(this.house, [seatId], this.#world.now);
  }

  /** The organiser changes something about the event, or calls it off (cancel-event.ts); the others hear of each revision. */
  async changeEvent(me: Life, isOff: boolean): Promise<void> {
    await me.step(isOff ? 'calls the event off' : 'changes the event');
    if (isOff) returns.cancelEvent(this.house, this.#world.now);
    const isCancelled = this.house.event === 'CANCELLED';
    this.#outbox.say('event-changed', 'the event', { revision: ++this.#revision, isCancelled });
  }

  async #unlock(me: Life, reservationId: string): Promise<void> {
    await me.step('deletes the seat locks');
    const seats = machine.reservation(this.house, reservationId).map((entry) => entry.seatId);
    this.#redis.release(reservationId, seats);
  }

  #isReplyLost(): boolean {
    return this.#world.chance.is(this.#world.weather.replyLost);
  }

  /** One transaction: the customer's lock, the look, the wait for row locks, the commit, whose answer may be lost. */
  async #statement<A>(me: Life, { of, label, look }: { of?: string; label: string; look: (at: number) => machine.CarryOut<A> }): Promise<A> {
    const unlock = of !== undefined && this.#guarded('customer-lock') ? await this.#lockCustomer(me, of) : () => {};
    try {
      await me.step(`${label}: looks`);
      const at = this.#world.now;
      const carryOut = look(at);
      await me.step(`${label}: has its row locks`);
      if (this.#world.now - at > statementTimeoutMs) throw new Lost('cancelled by the statement timeout');
      const answer = carryOut();
      if (this.#world.chance.is(this.#world.weather.commitUnanswered)) throw new Lost('COMMIT: the answer');
      return answer;
    } catch (error) {
      if (error instanceof Error && error.message === 'history disagrees') throw new Lost('rolled back');
      this.#world.complaints.push(...bugIn(label, error));
      throw error;
    } finally {
      unlock();
    }
  }

  async #lockCustomer(me: Life, userId: string): Promise<() => void> {
    const since = this.#world.now;
    while (this.#locked.has(userId)) {
      await me.step(`waits for the lock of ${userId}`);
      if (this.#world.now - since > statementTimeoutMs) throw new Lost('cancelled by the statement timeout');
    }
    const owner = Symbol(userId);
    this.#locked.set(userId, owner);
    const unlock = () => {
      if (this.#locked.get(userId) === owner) this.#locked.delete(userId);
    };
    const off = me.atDeath(unlock);
    return () => {
      off();
      unlock();
    };
  }
}
