import { HoldSeats } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asUser } from '@boxoffice/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  at,
  eventOnSale,
  expire,
  freshDeps,
  holdAt,
  managerOf,
  noLocks,
  planOf,
  refusalOf,
  sound,
  type TestEvent,
  violations,
} from '../../test/stage.ts';
import type { Deps } from '../deps.ts';
import { inProcessSeatLocks } from '../persistence/in-process-seat-locks.ts';
import { blockSeats } from './block-seats.ts';
import { cancelEvent } from './cancel-event.ts';
import { confirmSeat } from './confirm-seat.ts';
import { getReservation } from './get-reservation.ts';
import { holdSeats } from './hold-seats.ts';
import { listMyReservations } from './list-my-reservations.ts';
import { releaseReservation } from './release-reservation.ts';
import { seatMap } from './seat-map.ts';

let deps: Deps;
let event: TestEvent;
beforeAll(async () => {
  deps = await freshDeps();
});
const asPayment = { actor: { kind: 'service', name: 'payment' }, requestId: 'r' } as const;
const sell = (reservationId: string, seats: number, paymentId = newId()) => confirmSeat(deps)({ reservationId, paymentId, seats }, asPayment);
const mapOf = async (eventId: string) => (await seatMap(deps)({ eventId }, asUser())).map;

describe('a hold', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps);
  });

  it('takes every seat for five minutes, at the price of the moment', async () => {
    const answer = await holdAt(deps, event, [0, 1, 2]);
    expect(answer).toMatchObject({ eventId: event.eventId, status: 'HELD', releaseReason: null, amountMinor: 3000, currency: 'EUR' });
    expect(answer.seats.map((seat) => seat.label)).toEqual(['Stalls A 1', 'Stalls A 2', 'Stalls A 3']);
    const left = Number(answer.heldUntil) - Date.now();
    expect(left).toBeGreaterThan(295_000);
    expect(left).toBeLessThan(305_000);
    expect((await mapOf(event.eventId)).slice(0, 5)).toBe('11100');
  });

  it.each(['with seat locks', 'by Postgres alone'])('takes none when one is held, and names that one, %s', async (how) => {
    const locks = how === 'with seat locks' ? deps.locks : noLocks;
    const refusal = await refusalOf(holdAt({ ...deps, locks }, event, [2, 3, 4]));
    expect(refusal).toEqual({ code: 'SEAT_ALREADY_HELD', details: { seatIds: at(event, 2) } });
    expect((await mapOf(event.eventId)).slice(0, 5)).toBe('11100');
  });

  it('of a seat the caller holds by another reservation is refused like any other', async () => {
    const me = asUser();
    await holdAt(deps, event, [5], me);
    expect(await refusalOf(holdAt(deps, event, [5], me))).toMatchObject({ code: 'SEAT_ALREADY_HELD' });
  });

  it('reads ids in any spelling, and a seat named twice as one', async () => {
    const [seat = ''] = at(event, 6);
    const input = HoldSeats.parse({ eventId: event.eventId.toUpperCase(), seatIds: [seat, seat.toUpperCase()] });
    expect((await holdSeats(deps)(input, asUser())).seats).toHaveLength(1);
  });

  it('takes over a hold whose time is over and closes its history', async () => {
    const first = await holdAt(deps, event, [10, 11]);
    await expire(deps.db, first.reservationId);
    const open = { ...deps, locks: noLocks }; // its lock would have ended with it
    const second = await holdAt(open, event, [11, 12]);
    expect(second.status).toBe('HELD');
    const rows = await deps.db.query<{ status: string; release_reason: string | null }>(
      'SELECT status, release_reason FROM seat_reservations WHERE reservation_id = $1 ORDER BY status',
      [first.reservationId],
    );
    expect(rows).toEqual([
      { status: 'HELD', release_reason: null },
      { status: 'RELEASED', release_reason: 'expired' },
    ]);
  });

  it('is refused for what stands in the way, the worst first', async () => {
    const other = await eventOnSale(deps);
    const sold = await holdAt(deps, event, [20]);
    expect(await sell(sold.reservationId, 1)).toBe('CONFIRMED');
    await blockSeats(deps)({ eventId: event.eventId, seatIds: at(event, 21) }, event.manager);
    await holdAt(deps, event, [22]);
    const unknown = newId();
    const [ours20 = '', ours21 = '', ours22 = ''] = at(event, 20, 21, 22);
    const [foreign = ''] = at(other, 0);
    const refused = (...seatIds: string[]) => refusalOf(holdSeats(deps)({ eventId: event.eventId, seatIds }, asUser()));
    expect(await refused(ours20, ours21, ours22, unknown, foreign)).toEqual({ code: 'SEAT_UNKNOWN', details: { seatIds: [unknown] } });
    expect(await refused(ours20, ours21, ours22, foreign)).toEqual({ code: 'SEAT_OF_ANOTHER_EVENT', details: { seatIds: [foreign] } });
    expect(await refused(ours20, ours21, ours22)).toEqual({ code: 'SEAT_SOLD', details: { seatIds: [ours20] } });
    expect(await refused(ours21, ours22)).toEqual({ code: 'SEAT_BLOCKED', details: { seatIds: [ours21] } });
    expect(await refused(ours22, ...at(event, 23))).toEqual({ code: 'SEAT_ALREADY_HELD', details: { seatIds: [ours22] } });
    expect(await refused(ours22)).toEqual({ code: 'SEAT_ALREADY_HELD', details: { seatIds: [ours22] } });
  });
});

describe('the event decides first', () => {
  it('is unknown, or a draft to the public', async () => {
    const draft = await eventOnSale(deps, { draft: true });
    expect(await refusalOf(holdAt(deps, { ...draft, eventId: newId() }, [0]))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await refusalOf(holdAt(deps, draft, [0]))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await refusalOf(holdAt(deps, draft, [0], draft.manager))).toMatchObject({ code: 'ON_SALE_CLOSED' });
  });

  it('is not on sale yet, or any more', async () => {
    const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
    const early = await eventOnSale(deps, { onSaleFrom: hours(1), onSaleUntil: hours(2) });
    expect(await refusalOf(holdAt(deps, early, [0]))).toMatchObject({ code: 'ON_SALE_CLOSED', details: { onSaleFrom: expect.stringMatching(/Z$/) } });
    const late = await eventOnSale(deps, { onSaleFrom: hours(-2), onSaleUntil: hours(-1) });
    expect(await refusalOf(holdAt(deps, late, [0]))).toMatchObject({ code: 'ON_SALE_CLOSED' });
  });

  it('is cancelled: no more holds, live ones are given up, nothing is sold any more', async () => {
    const dying = await eventOnSale(deps);
    const held = await holdAt(deps, dying, [0, 1]);
    const lapsed = await holdAt(deps, dying, [2]);
    await expire(deps.db, lapsed.reservationId);
    await cancelEvent(deps)({ eventId: dying.eventId }, dying.manager);
    expect(await refusalOf(holdAt(deps, dying, [5]))).toMatchObject({ code: 'EVENT_CANCELLED' });
    expect(await sell(held.reservationId, 2)).toBe('GONE');
    expect(await sell(lapsed.reservationId, 1)).toBe('GONE');
    expect((await mapOf(dying.eventId)).slice(0, 3)).toBe('000');
  });

  it('is cancelled while a hold slips in behind: that cannot be sold either', async () => {
    const dying = await eventOnSale(deps);
    const held = await holdAt(deps, dying, [0]);
    await deps.db.query(`UPDATE events SET status = 'CANCELLED' WHERE id = $1`, [dying.eventId]);
    expect(await sell(held.reservationId, 1)).toBe('GONE');
  });
});

describe('an idempotency key', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps);
  });

  it('is the same reservation with its old time', async () => {
    const me = asUser({ idempotencyKey: 'k1' });
    const first = await holdAt(deps, event, [0, 1], me);
    expect(await holdAt(deps, event, [1, 0], me)).toEqual(first);
  });

  it('sent twice at once holds once', async () => {
    const me = asUser({ idempotencyKey: 'k1' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => holdAt(deps, event, [3, 4], me)));
    expect(new Set(answers.map((answer) => answer.reservationId))).toHaveLength(1);
  });

  it('of two customers is two reservations', async () => {
    const answers = [
      await holdAt(deps, event, [6], asUser({ idempotencyKey: 'same' })),
      await holdAt(deps, event, [7], asUser({ idempotencyKey: 'same' })),
    ];
    expect(answers[0]?.reservationId).not.toBe(answers[1]?.reservationId);
  });

  it('with other seats, or for another event, is refused', async () => {
    const me = asUser({ idempotencyKey: 'k2' });
    await holdAt(deps, event, [10, 11], me);
    expect(await refusalOf(holdAt(deps, event, [10], me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await refusalOf(holdAt(deps, event, [10, 12], me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await refusalOf(holdAt(deps, await eventOnSale(deps), [10, 11], me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('sent for two events at once is one reservation of one event', async () => {
    const second = await eventOnSale(deps);
    const me = asUser({ idempotencyKey: 'k3' });
    const answers = await Promise.allSettled([holdAt(deps, event, [15], me), holdAt(deps, second, [15], me)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await violations(deps.db)).toEqual(sound);
  });

  it('never brings a released reservation back: it answers what became of it', async () => {
    const me = asUser({ idempotencyKey: 'k4' });
    const held = await holdAt(deps, event, [20], me);
    await releaseReservation(deps)({ reservationId: held.reservationId }, me);
    expect(await holdAt(deps, event, [20], me)).toMatchObject({ status: 'RELEASED', releaseReason: 'customer' });
    expect((await mapOf(event.eventId))[20]).toBe('0');
    await holdAt(deps, event, [20]); // nothing keeps it shut
    expect(await holdAt(deps, event, [20], me)).toMatchObject({ status: 'RELEASED' }); // also when somebody else has it
  });

  it('never prolongs an expired reservation, and tells a sold one as sold', async () => {
    const me = asUser({ idempotencyKey: 'k5' });
    const held = await holdAt(deps, event, [25], me);
    await expire(deps.db, held.reservationId);
    expect(await holdAt(deps, event, [25], me)).toMatchObject({ status: 'RELEASED', releaseReason: 'expired' });
    await sell(held.reservationId, 1);
    expect(await holdAt(deps, event, [25], me)).toMatchObject({ status: 'CONFIRMED', amountMinor: 1000 });
  });
});

describe('the limit per customer', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps, { maxSeatsPerCustomer: 4 });
  });

  it('counts what is held and what is sold, and tells both numbers', async () => {
    const me = asUser();
    const first = await holdAt(deps, event, [0, 1], me);
    await sell(first.reservationId, 2);
    await holdAt(deps, event, [2], me);
    expect(await refusalOf(holdAt(deps, event, [3, 4], me))).toEqual({ code: 'SEAT_LIMIT_EXCEEDED', details: { limit: 4, taken: 3 } });
    await holdAt(deps, event, [3], me);
  });

  it('does not count what expired, reaped or not, or was given back', async () => {
    const me = asUser();
    const first = await holdAt(deps, event, [10, 11, 12, 13], me);
    await expire(deps.db, first.reservationId);
    const second = await holdAt(deps, event, [14, 15, 16, 17], me);
    await releaseReservation(deps)({ reservationId: second.reservationId }, me);
    await holdAt(deps, event, [18, 19, 20, 21], me);
  });

  it('holds when a late payment wants expired seats back', async () => {
    const me = asUser();
    const first = await holdAt(deps, event, [30, 31], me);
    await expire(deps.db, first.reservationId);
    const second = await holdAt(deps, event, [32, 33, 34], me);
    expect(await sell(first.reservationId, 2)).toBe('GONE'); // 3 held + 2 would be 5 of 4
    await releaseReservation(deps)({ reservationId: second.reservationId }, me);
    expect(await sell(first.reservationId, 2)).toBe('CONFIRMED');
  });

  it('is never exceeded by holds at the same moment', async () => {
    const me = asUser();
    const answers = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => holdAt({ ...deps, locks: noLocks }, event, [40 + i], me)));
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(4);
    const [row] = await deps.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM seat_reservations WHERE user_id = $1 AND status = 'HELD'`, [
      me.actor.userId,
    ]);
    expect(row?.n).toBe(4);
  });
});

describe('a hundred customers and ten seats', () => {
  it.each([
    ['with seat locks', inProcessSeatLocks()],
    ['without', noLocks],
  ])('make ten winners and ninety honest refusals, %s', async (_, locks) => {
    const event = await eventOnSale(deps, { plan: planOf(1, 10) });
    const one = { ...deps, locks };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        holdAt(one, event, [i % 10]).then(
          (held) => held.status,
          (error) => error.refusal?.code ?? String(error),
        ),
      ),
    );
    const count = (code: string) => answers.filter((answer) => answer === code).length;
    expect([count('HELD'), count('SEAT_ALREADY_HELD')]).toEqual([10, 90]);
    expect(await mapOf(event.eventId)).toBe('1111111111');
    expect(await violations(deps.db)).toEqual(sound);
  });

  it('who each want all ten make one winner', async () => {
    const event = await eventOnSale(deps, { plan: planOf(1, 10), maxSeatsPerCustomer: 10 });
    const all = [...Array(10).keys()];
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () =>
        holdAt(
          { ...deps, locks: noLocks },
          event,
          [...all].sort(() => Math.random() - 0.5),
        ),
      ),
    );
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
    expect(new Set(answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.refusal?.code] : [])))).toEqual(
      new Set(['SEAT_ALREADY_HELD']),
    );
  });
});

describe('a reservation', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps);
  });

  it('is its owner’s alone', async () => {
    const held = await holdAt(deps, event, [0]);
    const ref = { reservationId: held.reservationId };
    expect(await refusalOf(getReservation(deps)(ref, asUser()))).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
    expect(await refusalOf(releaseReservation(deps)(ref, asUser()))).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
    expect(await refusalOf(releaseReservation(deps)(ref, managerOf(event.organisationId)))).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
    expect((await mapOf(event.eventId))[0]).toBe('1');
  });

  it('is given back at once, twice without harm, never when sold', async () => {
    const me = asUser();
    const held = await holdAt(deps, event, [1, 2], me);
    const ref = { reservationId: held.reservationId };
    expect(await releaseReservation(deps)(ref, me)).toMatchObject({ status: 'RELEASED', releaseReason: 'customer', amountMinor: 2000 });
    await holdAt(deps, event, [1, 2]); // its locks are gone, too
    expect(await releaseReservation(deps)(ref, me)).toMatchObject({ status: 'RELEASED', releaseReason: 'customer' });
    expect((await mapOf(event.eventId)).slice(1, 3)).toBe('11');
    const sold = await holdAt(deps, event, [3], me);
    await sell(sold.reservationId, 1);
    expect(await refusalOf(releaseReservation(deps)({ reservationId: sold.reservationId }, me))).toEqual({
      code: 'RESERVATION_NOT_HELD',
      details: { status: 'CONFIRMED' },
    });
  });

  it('stands in the list of its owner, newest first, in every state', async () => {
    const me = asUser();
    const first = await holdAt(deps, event, [10, 11], me);
    const second = await holdAt(deps, event, [12], me);
    await releaseReservation(deps)({ reservationId: second.reservationId }, me);
    const third = await holdAt(deps, event, [13], me);
    await expire(deps.db, third.reservationId);
    const { reservations } = await listMyReservations(deps)({ limit: 20 }, me);
    expect(reservations.map(({ reservationId, status, releaseReason }) => [reservationId, status, releaseReason])).toEqual([
      [third.reservationId, 'RELEASED', 'expired'],
      [second.reservationId, 'RELEASED', 'customer'],
      [first.reservationId, 'HELD', null],
    ]);
    expect((await listMyReservations(deps)({ limit: 1 }, me)).reservations).toHaveLength(1);
    expect((await listMyReservations(deps)({ limit: 20 }, asUser())).reservations).toEqual([]);
  });
});
