import { HoldAdmission, HoldSeats } from '@boxoffice/contracts';
import { query } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { asServiceCaller, asUser, eventually } from '@boxoffice/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventOnSale, expire, freshDeps, managerOf, planOf, refusalOf, sound, type TestEvent, violations } from '../../test/stage.ts';
import type { Deps } from '../deps.ts';
import { claimsOver } from '../persistence/claims.ts';
import { inProcessSeatLocks } from '../persistence/in-process-seat-locks.ts';
import { blockAdmission } from './block-admission.ts';
import { blockSeats } from './block-seats.ts';
import { cancelEvent } from './cancel-event.ts';
import { confirmSeat } from './confirm-seat.ts';
import { eventSeats } from './event-seats.ts';
import { holdAdmission } from './hold-admission.ts';
import { holdSeats } from './hold-seats.ts';
import { inventory } from './inventory.ts';
import { releaseReservation } from './release-reservation.ts';
import { returnSeats } from './return-seats.ts';
import { seatMap } from './seat-map.ts';
import { unblockSeats } from './unblock-seats.ts';
import { uploadSeatingPlan } from './upload-seating-plan.ts';

let deps: Deps;
let event: TestEvent;
beforeAll(async () => {
  deps = await freshDeps();
});

const standing = (...areas: [name: string, capacity: number][]) => ({
  name: 'Yard',
  categories: [{ name: 'Standing' }],
  admissionAreas: areas.map(([name, capacity]) => ({ name, category: 'Standing', capacity })),
});
/** Five rows of ten seats, a yard of `yard` places and a pit of 3, all at 1000. */
const mixed = (yard: number) => ({
  ...planOf(5, 10),
  categories: [{ name: 'Stalls' }, { name: 'Standing' }],
  admissionAreas: standing(['Yard', yard], ['Pit', 3]).admissionAreas,
});
const payment = asServiceCaller('payment');
const hold = (quantity: number, by = asUser(), { area = 'Yard', of = event, using = deps } = {}) =>
  holdAdmission(using)(HoldAdmission.parse({ eventId: of.eventId, area, quantity }), by);
const sell = (reservationId: string, seats: number, paymentId = newId()) => confirmSeat(deps)({ reservationId, paymentId, seats }, payment);
const labels = (reservation: { seats: readonly { label: string }[] }) => reservation.seats.map((seat) => seat.label);
const areasOf = async ({ eventId }: TestEvent = event) => (await seatMap(deps)({ eventId }, asUser())).areas;
const yard = async (of: TestEvent = event) => (await areasOf(of))?.find(({ area }) => area === 'Yard');

describe('a plan with admission areas', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps, { plan: mixed(7) });
  });

  it('tells its areas, and counts their places with their category', async () => {
    const text = JSON.stringify(mixed(7));
    const stored = await uploadSeatingPlan(deps)({ organisationId: event.organisationId, text }, event.manager);
    expect(stored).toMatchObject({
      seats: 60,
      sections: [{ name: 'Stalls', seats: 50 }],
      categories: [
        { name: 'Stalls', seats: 50 },
        { name: 'Standing', seats: 10 },
      ],
      areas: [
        { name: 'Yard', category: 'Standing', capacity: 7 },
        { name: 'Pit', category: 'Standing', capacity: 3 },
      ],
    });
  });

  it('shows seats as before and areas in numbers', async () => {
    const { seats, areas } = await eventSeats(deps)({ eventId: event.eventId }, asUser());
    expect(seats).toHaveLength(50);
    expect(areas).toEqual([
      { area: 'Yard', category: 'Standing', capacity: 7, priceMinor: 1000 },
      { area: 'Pit', category: 'Standing', capacity: 3, priceMinor: 1000 },
    ]);
    const told = await seatMap(deps)({ eventId: event.eventId }, asUser());
    expect(told).toMatchObject({ map: '0'.repeat(50), nextExpiryAt: null });
    expect(told.areas).toEqual([
      { area: 'Yard', free: 7, held: 0, sold: 0, blocked: 0 },
      { area: 'Pit', free: 3, held: 0, sold: 0, blocked: 0 },
    ]);
    const { total, byCategory } = await inventory(deps)({ eventId: event.eventId }, event.manager);
    expect([total.capacity, byCategory.map(({ category, capacity }) => [category, capacity])]).toEqual([
      60,
      [
        ['Stalls', 50],
        ['Standing', 10],
      ],
    ]);
  });

  it('may have nothing but areas', async () => {
    const field = await eventOnSale(deps, { plan: standing(['Yard', 2]) });
    expect(await eventSeats(deps)({ eventId: field.eventId }, asUser())).toMatchObject({ seats: [], areas: [{ area: 'Yard' }] });
    expect(await seatMap(deps)({ eventId: field.eventId }, asUser())).toMatchObject({ map: '' });
    const draft = await eventOnSale(deps, { plan: standing(['Yard', 2]), draft: true });
    expect(await refusalOf(eventSeats(deps)({ eventId: draft.eventId }, asUser()))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
  });
});

describe('a hold of places', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps, { plan: mixed(7) });
  });

  it('is refused where there is no such area, event, or sale', async () => {
    expect(await refusalOf(hold(1, asUser(), { area: 'Stalls' }))).toEqual({ code: 'ADMISSION_AREA_UNKNOWN', details: { area: 'Stalls' } });
    const unknown = { ...event, eventId: newId() };
    expect(await refusalOf(hold(1, asUser(), { of: unknown }))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    const draft = await eventOnSale(deps, { plan: mixed(7), draft: true });
    expect(await refusalOf(hold(1, asUser(), { of: draft }))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await refusalOf(hold(1, draft.manager, { of: draft }))).toMatchObject({ code: 'ON_SALE_CLOSED' });
    const over = await eventOnSale(deps, { plan: mixed(7), onSaleUntil: new Date(Date.now() - 1000).toISOString() });
    expect(await refusalOf(hold(1, asUser(), { of: over }))).toMatchObject({ code: 'ON_SALE_CLOSED' });
    await cancelEvent(deps)({ eventId: draft.eventId }, draft.manager);
    expect(await refusalOf(hold(1, asUser(), { of: draft }))).toMatchObject({ code: 'EVENT_CANCELLED' });
    for (const quantity of [0, 21, 1.5]) expect(HoldAdmission.safeParse({ eventId: event.eventId, area: 'Yard', quantity }).success).toBe(false);
  });

  it('takes as many as wanted at the price of the moment, each with its number', async () => {
    const held = await hold(3);
    expect(held).toMatchObject({ status: 'HELD', amountMinor: 3000, currency: 'EUR', releaseReason: null });
    expect(held.seats.map(({ label, category }) => [label, category])).toEqual([
      ['Yard 1', 'Standing'],
      ['Yard 2', 'Standing'],
      ['Yard 3', 'Standing'],
    ]);
    expect(await yard()).toEqual({ area: 'Yard', free: 4, held: 3, sold: 0, blocked: 0 });
    expect(await seatMap(deps)({ eventId: event.eventId }, asUser())).toMatchObject({ map: '0'.repeat(50), nextExpiryAt: held.heldUntil });
    const { total } = await inventory(deps)({ eventId: event.eventId }, event.manager);
    expect([total.available, total.held]).toEqual([57, 3]);
  });

  it('is refused as a whole when too few are left, and one who wants fewer gets them', async () => {
    expect(await refusalOf(hold(5))).toEqual({ code: 'ADMISSION_SOLD_OUT', details: { area: 'Yard', free: 4 } });
    expect(labels(await hold(4))).toEqual(['Yard 4', 'Yard 5', 'Yard 6', 'Yard 7']);
    expect(await refusalOf(hold(1))).toEqual({ code: 'ADMISSION_SOLD_OUT', details: { area: 'Yard', free: 0 } });
    expect(labels(await hold(1, asUser(), { area: 'Pit' }))).toEqual(['Pit 1']);
  });

  it('of places by the names of their rows is refused as of unknown seats, by customers and staff', async () => {
    const { seats } = await hold(1, asUser(), { area: 'Pit' });
    const seatIds = seats.map((seat) => seat.seatId);
    const unknown = { code: 'SEAT_UNKNOWN', details: { seatIds } };
    const named = HoldSeats.parse({ eventId: event.eventId, seatIds });
    expect(await refusalOf(holdSeats(deps)(named, asUser()))).toEqual(unknown);
    const [free] = await deps.db.query<{ id: string }>(`SELECT id::text AS id FROM seats WHERE event_id = $1 AND section = 'Pit' AND place = 3`, [
      event.eventId,
    ]);
    const wanted = { eventId: event.eventId, seatIds: [free?.id ?? ''] };
    const doors = [
      () => holdSeats(deps)(wanted, asUser()),
      () => blockSeats(deps)(wanted, event.manager),
      () => unblockSeats(deps)(wanted, event.manager),
    ];
    for (const open of doors) expect(await refusalOf(open())).toEqual({ code: 'SEAT_UNKNOWN', details: { seatIds: wanted.seatIds } });
    expect(labels(await hold(1, asUser(), { area: 'Pit' }))).toEqual(['Pit 3']);
  });
});

describe('places come back', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps, { plan: mixed(4) });
  });

  it('when their time is over: the next one takes them over and closes their history', async () => {
    const lapsed = await hold(3);
    await hold(1);
    await expire(deps.db, lapsed.reservationId);
    expect(await yard()).toMatchObject({ free: 3, held: 1 });
    const next = await hold(2);
    expect(labels(next)).toEqual(['Yard 1', 'Yard 2']);
    const rows = await deps.db.query<{ status: string }>(
      'SELECT status::text AS status FROM seat_reservations WHERE reservation_id = $1 ORDER BY status',
      [lapsed.reservationId],
    );
    expect(rows.map(({ status }) => status)).toEqual(['HELD', 'RELEASED', 'RELEASED']);
    expect(await sell(lapsed.reservationId, 3)).toBe('GONE');
  });

  it('when they are given back, and when sold ones are refunded', async () => {
    const me = asUser();
    const last = await hold(1, me);
    expect(await releaseReservation(deps)({ reservationId: last.reservationId }, me)).toMatchObject({ status: 'RELEASED', amountMinor: 1000 });
    const again = await hold(1, me);
    expect(labels(again)).toEqual(labels(last));
    expect(await sell(again.reservationId, 1)).toBe('CONFIRMED');
    expect(await yard()).toMatchObject({ free: 0, sold: 1 });
    expect(await refusalOf(hold(1))).toMatchObject({ code: 'ADMISSION_SOLD_OUT' });
    expect(await returnSeats(deps)({ reservationId: again.reservationId, seatIds: again.seats.map((seat) => seat.seatId) }, payment)).toBe(1);
    expect(labels(await hold(1))).toEqual(labels(last));
    expect(await violations(deps.db)).toEqual(sound);
  });
});

describe('staff', () => {
  const block = (blocked: number, by = event.manager, area = 'Yard') => blockAdmission(deps)({ eventId: event.eventId, area, blocked }, by);
  beforeAll(async () => {
    event = await eventOnSale(deps, { plan: mixed(6) });
  });

  it('of others may not take places off sale, nor anybody those of an area that is not there', async () => {
    expect(await refusalOf(block(1, asUser()))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await refusalOf(block(1, managerOf(event.organisationId, 'door')))).toMatchObject({ code: 'ROLE_REQUIRED' });
    expect(await refusalOf(block(1, event.manager, 'Moat'))).toEqual({ code: 'ADMISSION_AREA_UNKNOWN', details: { area: 'Moat' } });
  });

  it('says how many places are off sale, from the highest number down, and twice is once', async () => {
    const lapsed = await hold(6);
    await expire(deps.db, lapsed.reservationId);
    for (const _ of [1, 2]) expect(await block(4)).toEqual({ eventId: event.eventId, area: 'Yard', blocked: 4 });
    expect(await yard()).toEqual({ area: 'Yard', free: 2, held: 0, sold: 0, blocked: 4 });
    expect(labels(await hold(2))).toEqual(['Yard 1', 'Yard 2']);
    expect(await refusalOf(hold(1))).toEqual({ code: 'ADMISSION_SOLD_OUT', details: { area: 'Yard', free: 0 } });
    await block(2);
    expect(labels(await hold(1))).toEqual(['Yard 3']);
  });

  it('never takes places from customers, and takes all or none', async () => {
    expect(await refusalOf(block(4))).toEqual({ code: 'ADMISSION_SOLD_OUT', details: { area: 'Yard', free: 1 } });
    expect(await yard()).toEqual({ area: 'Yard', free: 1, held: 3, sold: 0, blocked: 2 });
    const answers = await Promise.allSettled([block(3), block(3), hold(1), hold(1)]);
    expect(answers.slice(2).filter(({ status }) => status === 'fulfilled').length + ((await yard())?.blocked ?? 0)).toBe(3);
    expect(await yard()).toMatchObject({ free: 0 });
    expect(await violations(deps.db)).toEqual(sound);
  });
});

describe('a customer', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps, { plan: mixed(40), maxSeatsPerCustomer: 4 });
  });

  it('has one limit for seats and places together, also at the same moment', async () => {
    const me = asUser();
    await holdSeats(deps)(HoldSeats.parse({ eventId: event.eventId, seatIds: event.seats.slice(0, 2) }), me);
    expect(await refusalOf(hold(3, me))).toEqual({ code: 'SEAT_LIMIT_EXCEEDED', details: { limit: 4, taken: 2 } });
    const answers = await Promise.allSettled([
      ...Array.from({ length: 5 }, () => hold(1, me)),
      ...event.seats.slice(2, 7).map((seatId) => holdSeats(deps)({ eventId: event.eventId, seatIds: [seatId] }, me)),
    ]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('who repeats a key hears of the same reservation, and with another wish is refused', async () => {
    const me = asUser({ idempotencyKey: 'k1' });
    const answers = await Promise.all(Array.from({ length: 4 }, () => hold(2, me)));
    expect(new Set(answers.map((answer) => answer.reservationId))).toHaveLength(1);
    expect(await hold(2, me)).toEqual(answers[0]);
    const elsewhere = await eventOnSale(deps, { plan: mixed(5) });
    for (const other of [() => hold(1, me), () => hold(2, me, { area: 'Pit' }), () => hold(2, me, { of: elsewhere })])
      expect(await refusalOf(other())).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    const { reservationId = '' } = answers[0] ?? {};
    await releaseReservation(deps)({ reservationId }, me);
    expect(await hold(2, me)).toMatchObject({ status: 'RELEASED', releaseReason: 'customer' });
  });

  it('who tries too often must wait', async () => {
    const strict = { ...deps, locks: inProcessSeatLocks({ rate: { holds: 1, windowMs: 60_000 } }) };
    const me = asUser();
    await hold(1, me, { using: strict });
    expect(await refusalOf(hold(1, me, { using: strict }))).toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: expect.any(Number) },
    });
  });
});

describe('64 customers for the last places', () => {
  it('of two processes take exactly what there is, in ones to fours, and singles fill up to the last', async () => {
    const field = await eventOnSale(deps, { plan: standing(['Yard', 150], ['Pit', 20]) });
    const processes = [deps, { ...deps, claims: claimsOver(deps.db, { batch: 8 }) }];
    const outcomes = await Promise.all(
      Array.from({ length: 64 }, async (_, i) => {
        const using = processes[i % 2] as Deps; // one of two
        const me = asUser();
        const got: string[] = [];
        const refused: { quantity: number; free: number }[] = [];
        for (const quantity of [1 + (i % 4), 1 + ((i * 7) % 4), 1]) {
          const area = (i + quantity) % 5 === 0 ? 'Pit' : 'Yard';
          const answer = await hold(quantity, me, { of: field, using, area }).catch((error) => error.refusal);
          if ('code' in answer) refused.push({ quantity, free: answer.details.free });
          else got.push(...labels(answer));
        }
        return { got, refused };
      }),
    );
    const taken = outcomes.flatMap(({ got }) => got);
    expect(new Set(taken)).toHaveLength(taken.length);
    for (const { quantity, free } of outcomes.flatMap(({ refused }) => refused)) expect(free).toBeLessThan(quantity);
    for (const { area, free, held } of (await areasOf(field)) ?? []) {
      expect(held).toBe(taken.filter((label) => label.startsWith(area)).length);
      for (let left = free; left > 0; left -= 1) await hold(1, asUser(), { of: field, area });
      expect(await refusalOf(hold(1, asUser(), { of: field, area }))).toEqual({ code: 'ADMISSION_SOLD_OUT', details: { area, free: 0 } });
    }
    expect((await areasOf(field))?.map(({ held }) => held)).toEqual([150, 20]);
    expect(await violations(deps.db)).toEqual(sound);
  });

  it('wait for places that somebody is just looking at, rather than hear that there are none', async () => {
    const field = await eventOnSale(deps, { plan: standing(['Yard', 3]) });
    let looked: Promise<unknown> | undefined;
    await deps.db.transaction(async (tx) => {
      await query(tx, 'SELECT 1 FROM seats WHERE event_id = $1 FOR NO KEY UPDATE', [field.eventId]);
      looked = hold(3, asUser(), { of: field });
      await waitsForALock();
    });
    expect(await looked).toMatchObject({ status: 'HELD' });
  });
});

const waitsForALock = () =>
  eventually(async () => {
    const [row] = await deps.db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(row?.n).toBeGreaterThan(0);
  });
