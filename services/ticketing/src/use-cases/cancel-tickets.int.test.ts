import { EventChanged, PaymentConfirmed, PaymentRefunded, Refusal, TicketCancelled, TicketCreated } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asMember, asServiceCaller, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSale, eventOf, refundOf, type Sale, type Stage, startStage } from '../../test/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

async function sold(seats = 2) {
  const sale = aSale({ seats });
  await stage.say(EventChanged, eventOf(sale));
  await stage.say(PaymentConfirmed, sale);
  return sale;
}
const ticketsOf = async ({ userId, paymentId }: Sale) => (await stage.api.myTickets({ paymentId, limit: 100 }, asUser({ userId }))).tickets;
const statusesOf = async (sale: Sale) => (await ticketsOf(sale)).map(({ status }) => status).sort();
const seatsOf = ({ seats }: Sale, ...at: number[]) => seats.flatMap(({ seatId }, index) => (at.length === 0 || at.includes(index) ? [seatId] : []));
const cancel = (sale: Sale, seatIds: string[], { refundId = newId(), force = false } = {}) =>
  stage.api.cancelTickets({ paymentId: sale.paymentId, refundId, seatIds, force, reason: 'asked for' }, asServiceCaller('payment', sale.userId));
const checkIn = async (sale: Sale, seatId: string) => {
  const ticket = (await ticketsOf(sale)).find((one) => one.seatId === seatId);
  const door = asMember({ organisationId: sale.organisationId, role: 'door' });
  return stage.api.checkIn({ eventId: sale.eventId, qr: ticket?.qr ?? '', gate: 'North' }, door);
};
const refusalOf = async (answer: Promise<unknown>) =>
  answer.then(
    (value) => value,
    (error: unknown) => {
      if (error instanceof Refusal) return error.refusal;
      throw error;
    },
  );
const told = async (sale: Sale) => (await stage.said(TicketCancelled)).filter(({ paymentId }) => paymentId === sale.paymentId);
const remembered = ({ paymentId }: Sale) =>
  stage.db.query<{ seat_id: string; refund_id: string }>('SELECT seat_id, refund_id FROM refunded_seats WHERE payment_id = $1', [paymentId]);

describe('who may', () => {
  it('is payment alone, on behalf of the customer', async () => {
    const sale = await sold(1);
    const input = { paymentId: sale.paymentId, refundId: newId(), seatIds: seatsOf(sale), force: false, reason: 'r' };
    await expect(stage.api.cancelTickets(input, asServiceCaller('booking', sale.userId))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(stage.api.cancelTickets(input, asServiceCaller('payment'))).rejects.toThrow('customer behind the call');
    expect(await statusesOf(sale)).toEqual(['ACTIVE']);
  });
});

describe('tickets of seats that go back', () => {
  it('end, each told once, the others live on; a second call and the message after it change nothing', async () => {
    const sale = await sold(3);
    const [refundId, seatIds] = [newId(), seatsOf(sale, 0, 2)];
    expect(await cancel(sale, seatIds, { refundId })).toEqual({ cancelled: 2 });
    expect(await statusesOf(sale)).toEqual(['ACTIVE', 'CANCELLED', 'CANCELLED']);
    expect((await told(sale)).map(({ seatId }) => seatId).sort()).toEqual([...seatIds].sort());
    expect(await cancel(sale, seatIds, { refundId })).toEqual({ cancelled: 2 });
    await stage.say(PaymentRefunded, { ...refundOf(sale, seatIds), refundId });
    expect(await told(sale)).toHaveLength(2);
    expect(await remembered(sale)).toHaveLength(2);
  });

  it('before the message came, too: one of good will touches no ticket', async () => {
    const sale = await sold(1);
    await stage.say(PaymentRefunded, { ...refundOf(sale, []), kind: 'amount', amountMinor: 100 });
    expect(await statusesOf(sale)).toEqual(['ACTIVE']);
  });

  it('that are not issued yet are born cancelled', async () => {
    const sale = aSale({ seats: 2 });
    expect(await cancel(sale, seatsOf(sale, 1))).toEqual({ cancelled: 0 });
    await stage.say(PaymentConfirmed, sale);
    expect(await statusesOf(sale)).toEqual(['ACTIVE', 'CANCELLED']);
    expect((await told(sale)).map(({ seatId }) => seatId)).toEqual(seatsOf(sale, 1));
  });

  it('side by side with issuing never leave a live ticket', async () => {
    const sales = Array.from({ length: 20 }, () => aSale({ seats: 1 }));
    await Promise.all(sales.flatMap((sale) => [stage.say(PaymentConfirmed, sale), cancel(sale, seatsOf(sale))]));
    for (const sale of sales) expect(await statusesOf(sale)).toEqual(['CANCELLED']);
  });
});

describe('a used ticket', () => {
  it('refuses, with its time and gate, and nothing changes for the others of the refund', async () => {
    const sale = await sold(2);
    const welcome = await checkIn(sale, seatsOf(sale, 1)[0] ?? '');
    const no = { code: 'TICKET_ALREADY_USED', details: { usedAt: new Date(welcome.checkedInAt).toISOString(), gate: 'North' } };
    expect(await refusalOf(cancel(sale, seatsOf(sale)))).toEqual(no);
    expect(await statusesOf(sale)).toEqual(['ACTIVE', 'USED']);
    expect(await remembered(sale)).toEqual([]);
    expect(await cancel(sale, seatsOf(sale, 0))).toEqual({ cancelled: 1 });
  });

  it('stays used when forced, is never let in again, and its seat can be sold and ticketed again', async () => {
    const sale = await sold(2);
    const [seatId = ''] = seatsOf(sale, 0);
    await checkIn(sale, seatId);
    const refundId = newId();
    expect(await cancel(sale, seatsOf(sale), { refundId, force: true })).toEqual({ cancelled: 1 });
    expect(await cancel(sale, seatsOf(sale), { refundId, force: true })).toEqual({ cancelled: 1 });
    expect(await statusesOf(sale)).toEqual(['CANCELLED', 'USED']);
    expect(await remembered(sale)).toHaveLength(2);
    expect(await refusalOf(checkIn(sale, seatId))).toMatchObject({ code: 'TICKET_ALREADY_USED' });
    const again = aSale({ ...sale, paymentId: newId(), reservationId: newId(), userId: newId(), seats: sale.seats });
    await stage.say(PaymentConfirmed, again);
    expect(await statusesOf(again)).toEqual(['ACTIVE', 'ACTIVE']);
    expect(await stage.parked()).toEqual([]);
    expect((await stage.said(TicketCreated)).filter(({ paymentId }) => paymentId === again.paymentId)).toHaveLength(2);
    expect(await checkIn(again, seatId)).toMatchObject({ gate: 'North' });
    expect(await refusalOf(checkIn(sale, seatId))).toMatchObject({ code: 'TICKET_ALREADY_USED' });
  });

  it('and a door that comes at once: exactly one of refund and entrance wins, 40 times', async () => {
    const outcomes = new Set<string>();
    for (let turn = 0; turn < 40; turn++) {
      const sale = await sold(1);
      const [seatId = ''] = seatsOf(sale);
      const tries = [() => cancel(sale, [seatId]), () => checkIn(sale, seatId)];
      const [refunded, entered] = turn % 2 ? tries : tries.reverse();
      const answers = await Promise.allSettled([refunded?.(), entered?.()]);
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const [status = ''] = await statusesOf(sale);
      outcomes.add(status);
      expect(await remembered(sale)).toHaveLength(status === 'CANCELLED' ? 1 : 0);
      expect(await stage.db.query('SELECT 1 FROM check_ins WHERE event_id = $1', [sale.eventId])).toHaveLength(status === 'USED' ? 1 : 0);
    }
    console.log(`refund and entrance at once: ${[...outcomes].sort().join(' and ')}`);
    expect([...outcomes].every((status) => status === 'USED' || status === 'CANCELLED')).toBe(true);
  });
});
