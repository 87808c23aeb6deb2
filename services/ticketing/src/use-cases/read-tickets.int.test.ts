import { EventChanged, MyTickets, PaymentConfirmed, PaymentTickets, TicketList } from '@boxoffice/contracts';
import { asServiceCaller, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSale, eventOf, type Stage, startStage } from '../../test/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

describe('my tickets', () => {
  it('are mine alone, newest first, of one event or payment when asked', async () => {
    const first = aSale({ seats: 2 });
    const second = aSale({ seats: 1, userId: first.userId });
    for (const sale of [first, second, aSale()]) await stage.say(PaymentConfirmed, sale);
    const caller = asUser({ userId: first.userId, guest: true });
    const seatsOf = async (input: Parameters<typeof MyTickets.parse>[0]) =>
      TicketList.parse(await stage.api.myTickets(MyTickets.parse(input), caller)).tickets.map(({ seatId }) => seatId);
    const [a, b] = first.seats.map(({ seatId }) => seatId);
    const c = second.seats[0]?.seatId;
    expect(await seatsOf({})).toEqual([c, b, a]);
    expect(await seatsOf({ limit: 1 })).toEqual([c]);
    expect(await seatsOf({ eventId: first.eventId })).toEqual([b, a]);
    expect(await seatsOf({ paymentId: second.paymentId })).toEqual([c]);
  });

  it('one of somebody else is as if it were not there', async () => {
    const sale = aSale({ seats: 1 });
    await stage.say(PaymentConfirmed, sale);
    const [ticket] = (await stage.api.myTickets({ limit: 1 }, asUser({ userId: sale.userId }))).tickets;
    if (!ticket) throw new Error('no ticket');
    expect(await stage.api.getTicket({ ticketId: ticket.ticketId }, asUser({ userId: sale.userId }))).toEqual(ticket);
    await expect(stage.api.getTicket({ ticketId: ticket.ticketId }, asUser())).rejects.toMatchObject({ refusal: { code: 'TICKET_NOT_FOUND' } });
  });
});

describe('the tickets of a payment, for its mail', () => {
  it('come with images, and with the event once its facts have arrived', async () => {
    const sale = aSale({ seats: 2 });
    await stage.say(PaymentConfirmed, sale);
    const ask = async () => PaymentTickets.parse(await stage.api.ticketsOf({ paymentId: sale.paymentId }, asServiceCaller('notification-analytics')));
    expect(await ask()).toMatchObject({ event: null, tickets: [{ label: sale.seats[0]?.label }, { label: sale.seats[1]?.label }] });
    await stage.say(EventChanged, eventOf(sale));
    const { event, tickets } = await ask();
    expect(event).toEqual({ name: 'Noche de jazz', venue: 'Paraninfo', startsAt: '2026-12-12T20:30:00.000Z', timeZone: 'Atlantic/Canary' });
    for (const { qrPngBase64 } of tickets) expect(Buffer.from(qrPngBase64, 'base64').subarray(1, 4).toString()).toBe('PNG');
  });

  it('are for notification-analytics and payment alone', async () => {
    const sale = aSale();
    await stage.say(PaymentConfirmed, sale);
    await expect(stage.api.ticketsOf({ paymentId: sale.paymentId }, asServiceCaller('booking'))).rejects.toMatchObject({
      refusal: { code: 'TICKET_NOT_FOUND' },
    });
  });
});

it('nothing personal is kept: no column could hold a name or an address', async () => {
  const columns = await stage.db.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name ~ 'mail|phone|address|first|last|surname'`,
  );
  expect(columns).toEqual([]);
});
