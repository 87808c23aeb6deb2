import { type Caller, HoldBestAvailable, type User } from '@boxoffice/contracts';
import { query } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { asServiceCaller, asUser, eventually } from '@boxoffice/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
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
import { lockChoosers } from '../persistence/hold-best.sql.ts';
import { inProcessSeatLocks } from '../persistence/in-process-seat-locks.ts';
import { blockSeats } from './block-seats.ts';
import { cancelEvent } from './cancel-event.ts';
import { confirmSeat } from './confirm-seat.ts';
import { eventSeats } from './event-seats.ts';
import { getReservation } from './get-reservation.ts';
import { holdBestAvailable } from './hold-best-available.ts';
import { releaseReservation } from './release-reservation.ts';
import { seatMap } from './seat-map.ts';

type Wish = Partial<z.input<typeof HoldBestAvailable>>;
let deps: Deps;
beforeAll(async () => {
  deps = await freshDeps();
});
const best = (event: { eventId: string }, wish: Wish = {}, by: Caller<User> = asUser(), given: Deps = deps) =>
  holdBestAvailable(given)(HoldBestAvailable.parse({ eventId: event.eventId, quantity: 2, ...wish }), by);
const labels = ({ seats }: { seats: { label: string }[] }) => seats.map((seat) => seat.label);
const mapOf = async ({ eventId }: TestEvent) => (await seatMap(deps)({ eventId }, asUser())).map;
const hour = 3_600_000;

describe('a wish that cannot be', () => {
  it.each([
    [{ quantity: 0 }],
    [{ quantity: 21 }],
    [{ quantity: 1.5 }],
    [{ quantity: 2, accessible: 3 }],
    [{ quantity: 2, accessible: -1 }],
    [{ quantity: 2, category: '' }],
    [{ eventId: 'x' }],
  ])('%j is not even read', (wish) => expect(HoldBestAvailable.safeParse({ eventId: newId(), quantity: 2, ...wish }).success).toBe(false));
});

describe('nothing is held', () => {
  const closed = { onSaleFrom: new Date(Date.now() - 2 * hour).toISOString(), onSaleUntil: new Date(Date.now() - hour).toISOString() };

  it('without an event, in a cancelled one, or in a draft of another organisation', async () => {
    expect(await refusalOf(best({ eventId: newId() }))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    const cancelled = await eventOnSale(deps);
    await cancelEvent(deps)({ eventId: cancelled.eventId }, cancelled.manager);
    expect(await refusalOf(best(cancelled))).toMatchObject({ code: 'EVENT_CANCELLED' });
    const draft = await eventOnSale(deps, { draft: true });
    expect(await refusalOf(best(draft, {}, managerOf(newId())))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await refusalOf(best(draft, {}, draft.manager))).toMatchObject({ code: 'ON_SALE_CLOSED' });
  });

  it('outside the on-sale window', async () => {
    const event = await eventOnSale(deps, closed);
    expect(await refusalOf(best(event))).toEqual({ code: 'ON_SALE_CLOSED', details: closed });
    expect(await mapOf(event)).not.toContain('1');
  });

  it('in a category the event does not have', async () => {
    const event = await eventOnSale(deps);
    expect(await refusalOf(best(event, { category: 'Royal' }))).toEqual({ code: 'CATEGORY_UNKNOWN', details: { category: 'Royal' } });
  });

  it('beyond the limit per customer, however many ask at once', async () => {
    const event = await eventOnSale(deps, { maxSeatsPerCustomer: 4 });
    const me = asUser();
    expect(await refusalOf(best(event, { quantity: 5 }, me))).toEqual({ code: 'SEAT_LIMIT_EXCEEDED', details: { limit: 4, taken: 0 } });
    const other = await freshDeps({ db: deps.db });
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((n) => best(event, {}, me, n % 2 ? deps : other)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect((await mapOf(event)).replaceAll('0', '')).toBe('1111');
  });

  it('where so many do not sit together, and the largest group that would is told', async () => {
    const event = await eventOnSale(deps, { plan: planOf(2, 4), maxSeatsPerCustomer: 20 });
    expect(await refusalOf(best(event, { quantity: 5 }))).toEqual({ code: 'NO_SEATS_TOGETHER', details: { quantity: 5, most: 4 } });
    await holdAt(deps, event, [1, 6]);
    expect(await refusalOf(best(event, { quantity: 3 }))).toMatchObject({ details: { quantity: 3, most: 2 } });
    await holdAt(deps, event, [0, 2, 3, 4, 5, 7]);
    expect(await refusalOf(best(event, { quantity: 1 }))).toMatchObject({ details: { quantity: 1, most: 0 } });
    expect(await refusalOf(best(event, { accessible: 1 }))).toMatchObject({ details: { quantity: 2, most: 0 } });
  });

  it('for a customer who tries too often', async () => {
    const event = await eventOnSale(deps);
    const strict = { ...deps, locks: inProcessSeatLocks({ rate: { holds: 1, windowMs: 60_000 } }) };
    const me = asUser();
    await refusalOf(best(event, { quantity: 20 }, me, strict));
    expect(await refusalOf(best(event, {}, me, strict))).toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('the best seats', () => {
  it('are held like named ones: all, for the hold time, at the price of the moment', async () => {
    const event = await eventOnSale(deps);
    const answer = await best(event, { eventId: event.eventId.toUpperCase(), quantity: 3 });
    expect(answer).toMatchObject({ eventId: event.eventId, status: 'HELD', releaseReason: null, amountMinor: 3000, currency: 'EUR' });
    expect(labels(answer)).toEqual(['Stalls A 1', 'Stalls A 2', 'Stalls A 3']);
    expect(Math.abs(Number(answer.heldUntil) - Date.now() - deps.holdTtlMs)).toBeLessThan(10_000);
    expect((await mapOf(event)).slice(0, 5)).toBe('11100');
  });

  it('leave out what is blocked, held or sold, and take over what has expired, closing its history', async () => {
    const event = await eventOnSale(deps, { plan: planOf(1, 10) });
    await blockSeats(deps)({ eventId: event.eventId, seatIds: at(event, 1) }, event.manager);
    const sold = await holdAt(deps, event, [4]);
    await confirmSeat(deps)({ reservationId: sold.reservationId, paymentId: newId(), seats: 1 }, asServiceCaller('payment'));
    const owner = asUser();
    const old = await holdAt(deps, event, [6, 7], owner);
    await holdAt(deps, event, [9]);
    await expire(deps.db, old.reservationId);
    const answer = await best(event, { quantity: 4 });
    expect(labels(answer)).toEqual(['Stalls A 6', 'Stalls A 7', 'Stalls A 8', 'Stalls A 9']);
    expect(await mapOf(event)).toBe('0300211111');
    expect(await getReservation(deps)({ reservationId: old.reservationId }, owner)).toMatchObject({ status: 'RELEASED', releaseReason: 'expired' });
    expect(await violations(deps.db)).toEqual(sound);
  });

  it('are shielded by seat locks for no longer than they are held, until they are given back', async () => {
    const locks = inProcessSeatLocks();
    const event = await eventOnSale(deps);
    const me = asUser();
    const answer = await best(event, {}, me, { ...deps, locks });
    const stranger = { eventId: event.eventId, reservationId: newId(), userId: newId(), seatIds: at(event, 0, 1) };
    expect(await locks.acquire(stranger, 1000)).toEqual({ taken: at(event, 0, 1) });
    await releaseReservation({ ...deps, locks })({ reservationId: answer.reservationId }, me);
    expect(await locks.acquire(stranger, 1000)).toBe('ours');
  });
});

describe('the same idempotency key', () => {
  const keyed = (key: string) => asUser({ idempotencyKey: key });

  it('is the same reservation, also when the hall is full by then', async () => {
    const event = await eventOnSale(deps, { plan: planOf(1, 3) });
    const me = keyed('evening');
    const first = await best(event, {}, me);
    await holdAt(deps, event, [2]);
    expect(await best(event, {}, me)).toEqual(first);
    await releaseReservation(deps)({ reservationId: first.reservationId }, me);
    expect(await best(event, {}, me)).toMatchObject({ reservationId: first.reservationId, status: 'RELEASED', releaseReason: 'customer' });
    expect((await mapOf(event)).slice(0, 2)).toBe('00');
  });

  it('is one reservation when it comes ten times at once, to two processes', async () => {
    const event = await eventOnSale(deps);
    const me = keyed('twins');
    const other = await freshDeps({ db: deps.db });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => best(event, { quantity: 4 }, me, n % 2 ? deps : other)));
    expect(new Set(answers.map((answer) => answer.reservationId)).size).toBe(1);
    expect((await mapOf(event)).replaceAll('0', '')).toBe('1111');
  });

  it.each([
    ['another number', { quantity: 3 }],
    ['another category', { category: 'Boxes' }],
    ['a wheelchair place', { accessible: 1 }],
  ])('with %s is told that it was used', async (_, wish) => {
    const event = await eventOnSale(deps);
    const me = keyed('changed');
    await best(event, {}, me);
    expect(await refusalOf(best(event, wish, me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await refusalOf(best(await eventOnSale(deps), {}, me))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('wheelchair places', () => {
  const kinds: Record<number, string> = { 2: 'accessible', 3: 'companion', 6: 'accessible' };
  const plan = () => {
    const hall = planOf(1, 8);
    hall.zones[0]?.rows[0]?.seats.forEach((seat, n) => void Object.assign(seat, kinds[n] && { kind: kinds[n] }));
    return hall;
  };

  it('are told by the plan of the event', async () => {
    const event = await eventOnSale(deps, { plan: plan() });
    const { seats } = await eventSeats(deps)({ eventId: event.eventId }, asUser());
    expect(seats.map((seat) => seat.kind)).toEqual(Array.from({ length: 8 }, (_, n) => kinds[n] ?? 'standard'));
  });

  it('go to those who ask for them with companions beside them, and to nobody else', async () => {
    const event = await eventOnSale(deps, { plan: plan() });
    expect(labels(await best(event, { accessible: 1 }))).toEqual(['Stalls A 3', 'Stalls A 4']);
    expect(labels(await best(event))).toEqual(['Stalls A 1', 'Stalls A 2']);
    expect(labels(await best(event))).toEqual(['Stalls A 5', 'Stalls A 6']);
    expect(await refusalOf(best(event))).toMatchObject({ code: 'NO_SEATS_TOGETHER', details: { most: 1 } });
    expect(labels(await best(event, { quantity: 1, accessible: 1 }))).toEqual(['Stalls A 7']);
  });

  it('may be held by anyone who names them', async () => {
    const event = await eventOnSale(deps, { plan: plan() });
    expect(labels(await holdAt(deps, event, [2, 3]))).toEqual(['Stalls A 3', 'Stalls A 4']);
  });
});

describe('seats that somebody has locked at this moment', () => {
  const waitsForRow = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%reservation_id = grp.rid%'`;

  it.each([
    ['are waited for and held, when he gives up', 'ROLLBACK', ['Stalls A 1', 'Stalls A 2', 'Stalls A 3', 'Stalls A 4']],
    ['are replaced by the next ones, when he takes them', 'COMMIT', ['Stalls B 1', 'Stalls B 2', 'Stalls B 3', 'Stalls B 4']],
  ])('%s', async (_, end, seats) => {
    const open = { ...deps, locks: noLocks };
    const event = await eventOnSale(open, { plan: planOf(2, 4) });
    const undo = new Error('gives up');
    let answer: Promise<{ seats: { label: string }[] }> | undefined;
    await deps.db
      .transaction(async (tx) => {
        await tx.execute(`UPDATE seats SET status = 'BLOCKED' WHERE id = '${at(event, 1)[0]}'`);
        answer = best(event, { quantity: 4 }, asUser(), open);
        await eventually(async () => expect(await deps.db.query(waitsForRow)).toHaveLength(1));
        if (end === 'ROLLBACK') throw undo;
      })
      .catch((error) => expect(error).toBe(undo));
    expect(labels((await answer) ?? { seats: [] })).toEqual(seats);
  });
});

it('a chooser that stops in the middle is in the way of others for two seconds, not for ever', async () => {
  const event = await eventOnSale(deps);
  const stopped = deps.db.transaction(async (tx) => {
    await lockChoosers(tx, event.eventId);
    expect(labels(await best(event))).toHaveLength(2); // waits until the server has ended this transaction
    await query(tx, 'SELECT 1');
  });
  await expect(stopped).rejects.toThrow(/terminat|not queryable/i);
});
