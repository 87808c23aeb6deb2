import { ConfirmResult, SeatAllocationService } from '@boxoffice/contracts/grpc';
import { createMetrics, type GrpcClient, inProcessGrpc, newId } from '@boxoffice/service-kit';
import { asServiceCaller, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, eventOnSale, freshDeps, holdAt, refusalOf, silent, type TestEvent } from '../test/stage.ts';
import { type BookingPart, compose } from './compose.ts';
import type { Deps } from './deps.ts';

let deps: Deps;
let event: TestEvent;
let part: BookingPart;
let booking: GrpcClient<typeof SeatAllocationService>;
const transport = { publish: async () => {}, subscribe: async () => ({ stop: async () => {} }), close: async () => {} };
beforeAll(async () => {
  deps = await freshDeps();
  event = await eventOnSale(deps);
  part = await compose({ DATABASE_URL: deps.db.url }, { logger: silent, metrics: createMetrics('booking'), transport });
  booking = inProcessGrpc(SeatAllocationService, part.seatAllocation);
});
afterAll(() => part.close());

describe('payment', () => {
  it('takes a reservation from hold to sale and back', async () => {
    const userId = newId();
    const forUser = asServiceCaller('payment', userId);
    const hold = { eventId: event.eventId, seatIds: at(event, 0, 1), idempotencyKey: 'k' };
    const { reservationId, heldUntil } = await booking.holdSeat(hold, forUser);
    expect(await booking.holdSeat(hold, forUser)).toMatchObject({ reservationId, heldUntil });
    const begun = await booking.beginPayment({ reservationId }, forUser);
    expect(begun).toMatchObject({ eventId: event.eventId, organisationId: event.organisationId, currency: 'EUR', amountMinor: 2000 });
    expect(begun.seats.map((seat) => [seat.label, seat.category, seat.priceMinor])).toEqual([
      ['Stalls A 1', 'Stalls', 1000],
      ['Stalls A 2', 'Stalls', 1000],
    ]);
    expect(begun.heldUntil > heldUntil).toBe(true);
    const sale = { reservationId, paymentId: newId(), seats: 2 };
    expect((await booking.confirmSeat(sale, asServiceCaller('payment'))).result).toBe(ConfirmResult.CONFIRMED);
    expect((await booking.confirmSeat({ ...sale, paymentId: newId() }, forUser)).result).toBe(ConfirmResult.OTHER);
    expect((await booking.releaseSeat({ reservationId, reason: 'payment-failed' }, forUser)).released).toBe(0);
    expect((await booking.returnSeats({ reservationId, seatIds: at(event, 0, 1) }, forUser)).returned).toBe(2);
    expect((await booking.confirmSeat(sale, forUser)).result).toBe(ConfirmResult.GONE);
  });

  it('gives sold seats back to everybody: no seat lock keeps them shut', async () => {
    const hold = { eventId: event.eventId, seatIds: at(event, 10), idempotencyKey: 'k' };
    const { reservationId } = await booking.holdSeat(hold, asServiceCaller('payment', newId()));
    await booking.confirmSeat({ reservationId, paymentId: newId(), seats: 1 }, asServiceCaller('payment'));
    await booking.returnSeats({ reservationId, seatIds: hold.seatIds }, asServiceCaller('payment'));
    expect((await booking.holdSeat(hold, asServiceCaller('payment', newId()))).reservationId).not.toBe(reservationId);
  });

  it('gives a hold back when paying failed', async () => {
    const me = asUser();
    const { reservationId } = await holdAt(deps, event, [5], me);
    const caller = asServiceCaller('payment', me.actor.userId);
    expect((await booking.releaseSeat({ reservationId, reason: 'payment-failed' }, caller)).released).toBe(1);
    expect((await booking.releaseSeat({ reservationId, reason: 'payment-failed' }, caller)).released).toBe(0);
  });

  it('acts for the owner only', async () => {
    const me = asUser();
    const { reservationId } = await holdAt(deps, event, [6], me);
    const stranger = asServiceCaller('payment', newId());
    expect(await refusalOf(booking.beginPayment({ reservationId }, stranger))).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
    expect(await refusalOf(booking.releaseSeat({ reservationId, reason: 'customer' }, stranger))).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
    expect((await booking.confirmSeat({ reservationId, paymentId: newId(), seats: 1 }, stranger)).result).toBe(ConfirmResult.GONE);
    await expect(booking.beginPayment({ reservationId }, asServiceCaller('payment'))).rejects.toThrow('Somebody must stand behind');
  });

  it('is the only one who may', async () => {
    const ticketing = asServiceCaller('ticketing', newId());
    await expect(booking.confirmSeat({ reservationId: newId(), paymentId: newId(), seats: 1 }, ticketing)).rejects.toThrow('Only payment');
  });

  it('is told what is wrong with a request', async () => {
    const payment = asServiceCaller('payment');
    await expect(booking.confirmSeat({ reservationId: newId(), paymentId: newId(), seats: 0 }, payment)).rejects.toThrow('seats');
    await expect(booking.releaseSeat({ reservationId: newId(), reason: 'whim' }, payment)).rejects.toThrow('reason');
    await expect(booking.beginPayment({ reservationId: '' }, asServiceCaller('payment', newId()))).rejects.toThrow('reservationId');
  });
});
