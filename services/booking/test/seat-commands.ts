import { query } from '@boxoffice/postgres';
import * as machine from '@boxoffice/simulation/seat-machine';
import * as returns from '@boxoffice/simulation/seat-returns';
import { asServiceCaller } from '@boxoffice/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Deps } from '../src/deps.ts';
import { blockSeats, unblockSeats } from '../src/persistence/block-seats.sql.ts';
import { settleSale } from '../src/persistence/confirm-seats.sql.ts';
import { lockCustomer } from '../src/persistence/customer-lock.ts';
import { reapExpired } from '../src/persistence/reap.sql.ts';
import { releaseHoldsOfEvent, returnSeats } from '../src/persistence/release-seats.sql.ts';
import { releaseSeat } from '../src/use-cases/release-seat.ts';
import { at, refusalOf, type TestEvent } from './stage.ts';

/** The model, its clock in milliseconds, and how often each answer was given. */
export type Model = { house: machine.House; now: number; tally: Map<string, number> };
/** The real thing: one event of five seats on real Postgres. */
export type Real = { deps: Deps; event: TestEvent };
type Command = fc.AsyncCommand<Model, Real>;

const minute = 60_000;
const ttlMs = 5 * minute;
const keepMs = 10 * minute;
const graceMs = 10_000;
const payment = asServiceCaller('payment');

const uuid = (kind: number, n: number) => `00000000-0000-7000-8000-${String(kind).padStart(6, '0')}${String(n).padStart(6, '0')}`;
const customers = 3;
const reservationOf = (r: number) => ({ reservationId: uuid(1, r), userId: uuid(2, r % customers) });
const paymentOf = (r: number, p: number) => uuid(3, 10 * r + p);

/** Whole minutes from now: a sequence takes less than half a minute of real time. */
export const minutesFrom = (now: number, time: number | Date) => Math.round((Number(time) - now) / minute) + 0;

/** Something to be played on both, on the model in two halves: look, and carry out. */
export type Play = {
  name: string;
  look: (model: Model) => () => unknown;
  /** What it needs of the model it reads at once, before it waits for anything. */
  onReal: (real: Real, model: Model) => Promise<unknown>;
};
const play = <A>(name: string, look: (model: Model) => () => A, onReal: (real: Real, model: Model) => Promise<A>): Play => ({ name, look, onReal });

/** Played one after the other; the answers must be the same. */
const alone = ({ name, look, onReal }: Play): Command => ({
  check: () => true,
  toString: () => name,
  async run(model, real) {
    const answer = await onReal(real, model);
    expect(answer, name).toEqual(look(model)());
    const word = `${name.split(' ')[0]} ${kindOf(answer)}`;
    model.tally.set(word, (model.tally.get(word) ?? 0) + 1);
  },
});

/** One that is only ever played alone. */
const step = <A>(name: string, onModel: (model: Model) => A, onReal: (real: Real, model: Model) => Promise<A>): Command =>
  alone(play(name, (model) => () => onModel(model), onReal));

const kindOf = (answer: unknown): string =>
  Array.isArray(answer) ? `${answer.length > 0}` : typeof answer === 'number' ? `${answer > 0}` : (String(answer).split(/[ ,]/)[0] ?? '');

/** Holds of different customers in one batch: the earlier one gets the seat that two of them want. */
const holdTogether = (holds: { r: number; seats: number[] }[]) =>
  step(
    `hold ${holds.map(({ r, seats }) => `r${r}:[${seats}]`).join(' ')}`,
    ({ house, now }) =>
      holds
        .map(({ r, seats }) => machine.hold(house, { ...reservationOf(r), seatIds: seats.map(String), ttlMs }, now)())
        .map((answer) => (answer.result === 'HELD' ? `HELD ${minutesFrom(now, answer.heldUntil)}` : answer.result))
        .join(),
    async ({ deps, event }) => {
      const attempts = await Promise.all(
        holds.map(({ r, seats }) => deps.claims.hold({ ...reservationOf(r), eventId: event.eventId, seatIds: at(event, ...seats), ttlMs })),
      );
      return attempts.map((answer) => (answer.result === 'HELD' ? `HELD ${minutesFrom(Date.now(), answer.heldUntil)}` : answer.result)).join();
    },
  );

/** What a lost hold is told: which of its seats were free. */
const holdAlone = (r: number, seats: number[]) =>
  play(
    `lose r${r}:[${seats}]`,
    ({ house, now }) => {
      const carryOut = machine.hold(house, { ...reservationOf(r), seatIds: seats.map(String), ttlMs }, now);
      return () => {
        const answer = carryOut();
        return answer.result === 'TAKEN' ? `TAKEN ${answer.free.sort()}` : answer.result;
      };
    },
    async ({ deps, event }) => {
      const answer = await deps.claims.hold({ ...reservationOf(r), eventId: event.eventId, seatIds: at(event, ...seats), ttlMs });
      return answer.result === 'TAKEN' ? `TAKEN ${answer.free.map((id) => event.seats.indexOf(id)).sort()}` : answer.result;
    },
  );

const begin = (r: number, by: number) =>
  play(
    `begin r${r} by customer ${by}`,
    ({ house, now }) => {
      const carryOut = machine.extend(house, { reservationId: uuid(1, r), userId: uuid(2, by), keepMs }, now);
      return () => {
        carryOut();
        const his = machine.reservation(house, uuid(1, r)).filter((entry) => entry.userId === uuid(2, by));
        return his.map((entry) => readAs(entry.seatId, returns.readEntry(entry, now), minutesFrom(now, entry.expiresAt))).sort();
      };
    },
    async ({ deps, event }) => {
      const seats = await deps.claims.begin({ reservationId: uuid(1, r), userId: uuid(2, by), keepMs });
      return seats.map((seat) => readAs(String(event.seats.indexOf(seat.seatId)), seat, minutesFrom(Date.now(), seat.expiresAt))).sort();
    },
  );
const readAs = (seat: string, { status, releaseReason }: { status: string; releaseReason: string | null }, minutes: number) =>
  `${seat} ${status} ${releaseReason} ${minutes}`;

/** `seats` null: as many as the reservation has; at least one, as booking's gRPC door demands. */
const saleOf = ({ house }: Model, r: number, p: number, seats: number | null) => ({
  reservationId: uuid(1, r),
  paymentId: paymentOf(r, p),
  seats: seats ?? Math.max(1, machine.reservation(house, uuid(1, r)).length),
});
const confirm = (r: number, p: number, seats: number | null) =>
  play(
    `confirm r${r} for payment ${p} of ${seats ?? 'all'}`,
    (model) => machine.confirm(model.house, saleOf(model, r, p, seats), model.now),
    ({ deps }, model) => deps.claims.confirm({ ...saleOf(model, r, p, seats), userId: reservationOf(r).userId }),
  );
const settle = (r: number, p: number, seats: number | null) =>
  play(
    `settle r${r} for payment ${p} of ${seats ?? 'all'}`,
    (model) => machine.settle(model.house, saleOf(model, r, p, seats), model.now),
    ({ deps }, model) => {
      const sale = saleOf(model, r, p, seats);
      return deps.db.transaction((tx) => lockCustomer(tx, reservationOf(r).userId).then(() => settleSale(tx, sale)));
    },
  );

const release = (r: number) =>
  play(
    `release r${r}`,
    ({ house }) => returns.release(house, uuid(1, r), 'customer'),
    ({ deps }) => deps.claims.release({ reservationId: uuid(1, r), reason: 'customer' }),
  );
const paymentFailed = (r: number) =>
  step(
    `payment-failed r${r}`,
    ({ house }) => {
      if (machine.reservation(house, uuid(1, r)).length === 0) return 'RESERVATION_NOT_FOUND';
      const seats = returns.release(house, uuid(1, r), 'payment-failed')();
      returns.shutExpired(house, uuid(1, r));
      return `${seats} back`;
    },
    async ({ deps }, { house }) => {
      const answer = releaseSeat(deps)({ reservationId: uuid(1, r), reason: 'payment-failed' }, payment);
      const isThere = machine.reservation(house, uuid(1, r)).length > 0;
      return isThere ? `${await answer} back` : (await refusalOf(answer)).code;
    },
  );
const giveBack = (r: number, seats: number[]) =>
  play(
    `give-back r${r}:[${seats}]`,
    ({ house }) => {
      const carryOut = returns.giveBack(house, uuid(1, r), seats.map(String));
      return () => carryOut().map(Number).sort();
    },
    async ({ deps, event }) => (await returnSeats(deps.db, uuid(1, r), at(event, ...seats))).map((id) => event.seats.indexOf(id)).sort(),
  );

const reap = () =>
  step(
    'reap',
    ({ house, now }) => returns.reap(house, graceMs, now),
    ({ deps }) => reapExpired(deps.db, graceMs),
  );
const block = (seats: number[]) =>
  step(
    `block [${seats}]`,
    ({ house, now }) => {
      const { free, changed } = returns.block(house, seats.map(String), now);
      return `${changed} of ${free.sort()}`;
    },
    async ({ deps, event }) => {
      const { free, changed } = await blockSeats(deps.db, event.eventId, at(event, ...seats));
      return `${changed} of ${free.map((id) => String(event.seats.indexOf(id))).sort()}`;
    },
  );
const unblock = (seats: number[]) =>
  step(
    `unblock [${seats}]`,
    ({ house }) => returns.unblock(house, seats.map(String)),
    ({ deps, event }) => unblockSeats(deps.db, event.eventId, at(event, ...seats)),
  );
const cancelEvent = () =>
  step(
    'cancel-event',
    ({ house, now }) => returns.cancelEvent(house, now),
    ({ deps, event }) =>
      deps.db.transaction(async (tx) => {
        await query(tx, `UPDATE events SET status = 'CANCELLED', cancelled_at = statement_timestamp() WHERE id = $1`, [event.eventId]);
        return releaseHoldsOfEvent(tx, event.eventId);
      }),
  );

/** The database's clock cannot be turned: instead every stored time moves back. */
const pass = (minutes: number) =>
  step<void>(
    `pass ${minutes} min`,
    (model) => {
      model.now += minutes * minute;
    },
    async ({ deps: { db } }) => {
      const values = [`${minutes} minutes`];
      await db.pipeline([
        { text: `UPDATE seats SET held_until = held_until - $1::interval WHERE held_until IS NOT NULL`, values },
        {
          text: `UPDATE seat_reservations SET held_at = held_at - $1::interval, expires_at = expires_at - $1::interval,
                 confirmed_at = confirmed_at - $1::interval, extended_at = extended_at - $1::interval`,
          values,
        },
      ]);
    },
  );

const r = fc.nat(4);
const p = fc.nat(1);
const seats = fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 });
const someOrAll = fc.oneof(seats, fc.constant<number[]>([0, 1, 2, 3, 4]));
const paidSeats = fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) });
const together = fc.uniqueArray(fc.record({ r, seats }), { minLength: 1, maxLength: customers, selector: (hold) => hold.r % customers });

const often = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary });
const anyCommand = fc.oneof(
  often(6, together.map(holdTogether)),
  often(
    3,
    fc.tuple(r, seats).map((args) => alone(holdAlone(...args))),
  ),
  often(
    2,
    r.map((of) => alone(begin(of, of % customers))),
  ),
  often(
    1,
    fc.tuple(r, fc.nat(customers - 1)).map((args) => alone(begin(...args))),
  ),
  often(
    3,
    fc.tuple(r, p, paidSeats).map((args) => alone(confirm(...args))),
  ),
  often(
    3,
    fc.tuple(r, p, paidSeats).map((args) => alone(settle(...args))),
  ),
  often(
    1,
    r.map((of) => alone(release(of))),
  ),
  often(1, r.map(paymentFailed)),
  often(
    2,
    fc.tuple(r, someOrAll).map((args) => alone(giveBack(...args))),
  ),
  often(1, fc.constant(null).map(reap)),
  often(1, seats.map(block)),
  often(1, someOrAll.map(unblock)),
  often(2, fc.constantFrom(1, 4, 5, 6, 11).map(pass)),
);

/** Any of these; about one in sixty ends the event. */
export const commands = [...Array.from({ length: 60 }, () => anyCommand), fc.constant(null).map(cancelEvent)];

/** What may meet another one: the statements that want the same seats at once. Few seats and reservations, so that they do meet. */
export const rivals: fc.Arbitrary<Play> = fc.oneof(
  fc.tuple(fc.nat(3), fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 })).map((args) => holdAlone(...args)),
  fc.nat(3).map((of) => begin(of, of % customers)),
  fc.tuple(fc.nat(3), p, fc.integer({ min: 1, max: 2 })).map((args) => confirm(...args)),
  fc.tuple(fc.nat(3), p, fc.integer({ min: 1, max: 2 })).map((args) => settle(...args)),
  fc.nat(3).map(release),
  fc.nat(3).map((of) => giveBack(of, [0, 1, 2])),
);

/** How things came to be as they are when two meet. */
export const prelude: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(often(4, rivals.map(alone)), often(1, fc.constantFrom(4, 6).map(pass)), often(1, fc.constant(null).map(reap))),
  { minLength: 2, maxLength: 8, size: 'max' },
);
