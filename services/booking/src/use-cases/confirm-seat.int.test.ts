import { isUniqueViolation } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { asServiceCaller, asUser } from '@boxoffice/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { at, eventOnSale, expire, freshDeps, holdAt, noLocks, refusalOf, sound, type TestEvent, violations } from '../../test/stage.ts';
import type { Deps } from '../deps.ts';
import { reapExpired as reapOnce } from '../persistence/reap.sql.ts';
import { beginPayment } from './begin-payment.ts';
import { confirmSeat } from './confirm-seat.ts';
import { getReservation } from './get-reservation.ts';
import { reapExpired } from './reap-expired.ts';
import { releaseSeat } from './release-seat.ts';
import { returnSeats } from './return-seats.ts';
import { seatMap } from './seat-map.ts';

let deps: Deps;
let event: TestEvent;
const payment = asServiceCaller('payment');
const sell = (reservationId: string, seats: number, paymentId = newId()) => confirmSeat(deps)({ reservationId, paymentId, seats }, payment);
const held = async (...positions: number[]) => (await holdAt(deps, event, positions)).reservationId;
const mapAt = async (...positions: number[]) => {
  const { map } = await seatMap(deps)({ eventId: event.eventId }, asUser());
  return positions.map((position) => map[position]).join('');
};

beforeAll(async () => {
  deps = await freshDeps({ locks: noLocks });
});

describe('a sale', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps);
  });

  it('of a live hold is confirmed, and again for the same payment, never for another', async () => {
    const id = await held(0, 1);
    const paid = newId();
    expect(await sell(id, 2, paid)).toBe('CONFIRMED');
    expect(await mapAt(0, 1)).toBe('22');
    expect(await sell(id, 2, paid)).toBe('CONFIRMED');
    expect(await sell(id, 2)).toBe('OTHER');
  });

  it('of a reservation that never was, or of another user, is gone', async () => {
    expect(await sell(newId(), 1)).toBe('GONE');
    const id = await held(2);
    expect(await confirmSeat(deps)({ reservationId: id, paymentId: newId(), seats: 1, userId: newId() }, payment)).toBe('GONE');
    expect(await mapAt(2)).toBe('1');
  });

  it('for more or fewer seats than are held sells nothing', async () => {
    const id = await held(3, 4);
    expect(await sell(id, 1)).toBe('GONE');
    expect(await sell(id, 3)).toBe('GONE');
    expect(await mapAt(3, 4)).toBe('11');
    expect(await sell(id, 2)).toBe('CONFIRMED');
  });

  it('that comes after its payment failed is gone, though the hold expired and its seats are free', async () => {
    const [id, reaped] = [await held(30, 31), await held(32)];
    await expire(deps.db, id, reaped);
    await reapOnce(deps.db, 0);
    for (const reservationId of [id, reaped]) await releaseSeat(deps)({ reservationId, reason: 'payment-failed' }, payment);
    expect([await sell(id, 2), await sell(reaped, 1)]).toEqual(['GONE', 'GONE']);
    expect(await mapAt(30, 31, 32)).toBe('000');
  });

  it('of what was given back is gone', async () => {
    const id = await held(5);
    expect(await releaseSeat(deps)({ reservationId: id, reason: 'payment-failed' }, payment)).toBe(1);
    expect(await sell(id, 1)).toBe('GONE');
    expect(await mapAt(5)).toBe('0');
  });

  it('of an expired hold takes the seats again while they are free, before and after the reaper', async () => {
    const [before, after] = [await held(10, 11), await held(12, 13)];
    await expire(deps.db, before, after);
    expect(await sell(before, 2)).toBe('CONFIRMED');
    expect(await reapOnce(deps.db, 0)).toBeGreaterThan(0);
    expect(await sell(after, 2)).toBe('CONFIRMED');
    expect(await mapAt(10, 11, 12, 13)).toBe('2222');
  });

  it('of an expired hold that lost one seat to another is gone, and the other keeps it', async () => {
    const first = await held(15, 16);
    await expire(deps.db, first);
    const second = await held(16, 17);
    expect(await sell(first, 2)).toBe('GONE');
    expect(await mapAt(15, 16, 17)).toBe('011');
    expect(await sell(second, 2)).toBe('CONFIRMED');
  });

  it('over somebody else’s expired hold closes that one', async () => {
    const first = await held(20);
    await expire(deps.db, first);
    const second = await held(20);
    await expire(deps.db, second);
    expect(await sell(first, 1)).toBe('CONFIRMED');
    expect(await sell(second, 1)).toBe('GONE');
  });

  it('asked for by two payments at once goes to one', async () => {
    const id = await held(25, 26);
    const answers = await Promise.all(Array.from({ length: 6 }, () => sell(id, 2)));
    expect(answers.sort()).toEqual(['CONFIRMED', 'OTHER', 'OTHER', 'OTHER', 'OTHER', 'OTHER']);
  });

  it('leaves seats and history in agreement', async () => expect(await violations(deps.db)).toEqual(sound));
});

describe('a payment that begins', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps);
  });
  const begin = (reservationId: string, userId: string) => beginPayment(deps)({ reservationId, userId }, payment);

  it('keeps the seats ten minutes from now, once', async () => {
    const me = asUser();
    const { reservationId, heldUntil } = await holdAt(deps, event, [0, 1], me);
    const first = await begin(reservationId, me.actor.userId);
    expect(first.map((seat) => seat.priceMinor)).toEqual([1000, 1000]);
    expect(first[0].expiresAt.getTime() - Date.now()).toBeGreaterThan(595_000);
    expect(first[0].expiresAt.getTime()).toBeGreaterThan(Number(heldUntil));
    expect(await begin(reservationId, me.actor.userId)).toEqual(first);
    expect((await getReservation(deps)({ reservationId }, me)).heldUntil).toEqual(first[0].expiresAt);
  });

  it('never shortens a hold', async () => {
    const me = asUser();
    const { reservationId, heldUntil } = await holdAt(deps, event, [5], me);
    const [seat] = await beginPayment({ ...deps, payingMs: 1000 })({ reservationId, userId: me.actor.userId }, payment);
    expect(seat.expiresAt).toEqual(heldUntil);
  });

  it('is its owner’s affair, and only for a live hold', async () => {
    const me = asUser();
    const { reservationId } = await holdAt(deps, event, [10], me);
    expect(await refusalOf(begin(reservationId, newId()))).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
    await expire(deps.db, reservationId);
    expect(await refusalOf(begin(reservationId, me.actor.userId))).toMatchObject({ code: 'RESERVATION_EXPIRED' });
    await reapOnce(deps.db, 0);
    expect(await refusalOf(begin(reservationId, me.actor.userId))).toMatchObject({ code: 'RESERVATION_EXPIRED' });
    const other = await holdAt(deps, event, [11], me);
    await sell(other.reservationId, 1);
    expect(await refusalOf(begin(other.reservationId, me.actor.userId))).toEqual({ code: 'RESERVATION_NOT_HELD', details: { status: 'CONFIRMED' } });
    const third = await holdAt(deps, event, [12], me);
    await releaseSeat(deps)({ reservationId: third.reservationId, reason: 'customer' }, payment);
    expect(await refusalOf(begin(third.reservationId, me.actor.userId))).toEqual({ code: 'RESERVATION_NOT_HELD', details: { status: 'RELEASED' } });
  });
});

describe('sold seats that go back', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps);
  });

  it('may be one of two; the sale stands for the other, also when its payment asks again', async () => {
    const me = asUser();
    const { reservationId } = await holdAt(deps, event, [0, 1], me);
    const paid = newId();
    await sell(reservationId, 2, paid);
    const back = () => returnSeats(deps)({ reservationId, seatIds: at(event, 0) }, payment);
    expect(await back()).toBe(1);
    expect(await back()).toBe(0);
    expect(await mapAt(0, 1)).toBe('02');
    expect(await sell(reservationId, 2, paid)).toBe('CONFIRMED');
    expect(await getReservation(deps)({ reservationId }, me)).toMatchObject({
      status: 'CONFIRMED',
      amountMinor: 1000,
      seats: [{ label: 'Stalls A 2' }],
    });
    await holdAt(deps, event, [0]);
  });

  it('are not sold again by a late confirmation', async () => {
    const me = asUser();
    const { reservationId } = await holdAt(deps, event, [5], me);
    const paid = newId();
    await sell(reservationId, 1, paid);
    await returnSeats(deps)({ reservationId, seatIds: at(event, 5) }, payment);
    expect(await sell(reservationId, 1, paid)).toBe('GONE');
    expect(await mapAt(5)).toBe('0');
    expect(await getReservation(deps)({ reservationId }, me)).toMatchObject({ status: 'RELEASED', releaseReason: 'refunded' });
  });

  it('are never those of another reservation: not by its ids, and not after they were sold again', async () => {
    const [mine, theirs] = [await holdAt(deps, event, [20, 21], asUser()), await holdAt(deps, event, [22], asUser())];
    await sell(mine.reservationId, 2, newId());
    await sell(theirs.reservationId, 1, newId());
    const back = (reservationId: string, ...seats: number[]) => returnSeats(deps)({ reservationId, seatIds: at(event, ...seats) }, payment);
    expect(await back(mine.reservationId, 22)).toBe(0);
    expect(await back(mine.reservationId, 20, 22)).toBe(1);
    const again = await holdAt(deps, event, [20], asUser());
    expect(await back(mine.reservationId, 20)).toBe(0); // held by somebody else by now
    await sell(again.reservationId, 1, newId());
    expect(await back(mine.reservationId, 20)).toBe(0); // and sold
    expect(await mapAt(20, 21, 22)).toBe('222');
  });

  it('are none of a reservation that is not there', async () => {
    expect(await refusalOf(returnSeats(deps)({ reservationId: newId(), seatIds: at(event, 9) }, payment))).toMatchObject({
      code: 'RESERVATION_NOT_FOUND',
    });
  });
});

describe('the reaper', () => {
  it('closes what is long over, leaves what is just over and what is live, and comes to an end', async () => {
    event = await eventOnSale(deps);
    const [over, live] = [await held(0, 1), await held(2)];
    await expire(deps.db, over);
    await reapExpired(deps)();
    const rows = await deps.db.query<{ status: string }>('SELECT status FROM seat_reservations WHERE reservation_id = ANY ($1) ORDER BY status', [
      [over, live],
    ]);
    expect(rows.map((row) => row.status)).toEqual(['HELD', 'RELEASED', 'RELEASED']);
    expect(await reapExpired(deps)()).toBe(0);
  });
});

describe('the last line of defence', () => {
  beforeAll(async () => {
    event = await eventOnSale(deps);
    await sell(await held(0), 1);
  });
  // A sale of a seat that is sold, written straight into the history.
  const secondSale = () =>
    deps.db.transaction(async (tx) => {
      await tx.execute(`INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, confirmed_at, price_minor, payment_id)
        SELECT gen_random_uuid(), gen_random_uuid(), event_id, seat_id, user_id, status, held_at, expires_at, confirmed_at, price_minor, gen_random_uuid()
        FROM seat_reservations WHERE status = 'CONFIRMED' AND event_id = '${event.eventId}'`);
      throw new Error('written'); // rolls it back
    });

  it('is a unique index: a second sale of a seat cannot be written', async () => {
    const error = await secondSale().catch((thrown: unknown) => thrown);
    expect(isUniqueViolation(error, 'seat_reservations_confirmed')).toBe(true);
  });

  it('is that index and nothing else: without it the row is taken', async () => {
    const [index] = await deps.db.query<{ indexdef: string }>(`SELECT indexdef FROM pg_indexes WHERE indexname = 'seat_reservations_confirmed'`);
    await deps.db.query('DROP INDEX seat_reservations_confirmed');
    await expect(secondSale()).rejects.toThrow('written');
    await deps.db.query(index?.indexdef ?? '');
    await expect(secondSale()).rejects.not.toThrow('written');
  });

  it('also refuses a seat that is sold to nobody or held by nobody', async () => {
    const [seat] = at(event, 1);
    await expect(deps.db.query(`UPDATE seats SET status = 'SOLD' WHERE id = $1`, [seat])).rejects.toThrow(/seats_sold_shape/);
    await expect(deps.db.query('UPDATE seats SET held_until = now() WHERE id = $1', [seat])).rejects.toThrow(/seats_hold_shape/);
  });
});
