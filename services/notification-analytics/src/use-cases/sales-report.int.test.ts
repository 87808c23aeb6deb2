import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventChanged, PaymentConfirmed, PaymentRefunded, TicketCheckedIn } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSale, type RunningService, type Sale, startService } from '../../test/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ MAIL_FOLDER: await mkdtemp(path.join(tmpdir(), 'mails-')) });
});
afterAll(() => service.stop());

const facts = {
  name: 'Noche',
  venue: 'Paraninfo',
  startsAt: '2026-12-12T20:30:00.000Z',
  timeZone: 'Atlantic/Canary',
  currency: 'EUR',
  status: 'PUBLISHED' as const,
  revision: 1,
};
const anEvent = async (changes: Partial<typeof facts> = {}): Promise<Sale> => {
  const sale = aSale();
  await service.say(EventChanged, { ...sale, ...facts, ...changes });
  return sale;
};
const seat = (category: string, priceMinor: number) => ({ seatId: newId(), label: 'x', category, priceMinor });
const confirmed = (sale: Sale, seats: ReturnType<typeof seat>[], paymentId = newId()) => ({
  ...sale,
  paymentId,
  reservationId: newId(),
  currency: 'EUR',
  seats,
  amountMinor: seats.reduce((sum, { priceMinor }) => sum + priceMinor, 0),
});
const manager = ({ organisationId }: Sale) => asMember({ organisationId, role: 'manager' });
const report = (sale: Sale) => service.api.analytics.salesReport({ eventId: sale.eventId }, manager(sale));

describe('the sales report', () => {
  it('is exact when every message comes twice', async () => {
    const sale = await anEvent();
    const payment = confirmed(sale, [seat('A', 5000), seat('A', 5000), seat('B', 2500)]);
    const checkIn = { ...sale, ticketId: newId(), seatId: newId(), category: 'A', gate: 'Norte', at: '2026-12-12T20:00:00.000Z' };
    const at = '2026-11-20T10:00:00.000Z';
    const id = await service.say(PaymentConfirmed, payment, { at });
    await service.say(PaymentConfirmed, payment, { at, id }); // the same message
    await service.say(PaymentConfirmed, payment, { at: '2026-11-25T10:00:00.000Z' }); // the same fact, said again
    await service.say(TicketCheckedIn, checkIn);
    await service.say(TicketCheckedIn, checkIn);
    expect(await report(sale)).toMatchObject({
      eventName: 'Noche',
      currency: 'EUR',
      timeZone: 'Atlantic/Canary',
      total: { sold: 3, revenueMinor: 12_500, checkedIn: 1 },
      byCategory: [
        { category: 'A', sold: 2, revenueMinor: 10_000, checkedIn: 1 },
        { category: 'B', sold: 1, revenueMinor: 2500, checkedIn: 0 },
      ],
      byDay: [{ day: '2026-11-20', sold: 3, revenueMinor: 12_500 }],
    });
  });

  it.each(['sale first', 'refund first'])('counts refunded seats nowhere: %s', async (order) => {
    const sale = await anEvent();
    const payment = confirmed(sale, [seat('A', 5000), seat('A', 5000)]);
    const refund = {
      ...sale,
      paymentId: payment.paymentId,
      refundId: newId(),
      amountMinor: 5000,
      currency: 'EUR',
      seatIds: payment.seats.slice(0, 1).map(({ seatId }) => seatId),
    };
    const messages = [() => service.say(PaymentConfirmed, payment), () => service.say(PaymentRefunded, refund)];
    for (const say of order === 'sale first' ? messages : messages.reverse()) await say();
    await service.say(PaymentRefunded, { ...refund, refundId: newId() });
    expect(await report(sale)).toMatchObject({ total: { sold: 1, revenueMinor: 5000 } });
  });

  it('counts a seat that was refunded and sold again once, on the day of its second sale', async () => {
    const sale = await anEvent();
    const first = confirmed(sale, [seat('A', 5000)]);
    await service.say(PaymentConfirmed, first, { at: '2026-11-20T10:00:00.000Z' });
    await service.say(PaymentRefunded, {
      ...sale,
      paymentId: first.paymentId,
      refundId: newId(),
      amountMinor: 5000,
      currency: 'EUR',
      seatIds: first.seats.map(({ seatId }) => seatId),
    });
    await service.say(PaymentConfirmed, confirmed(sale, first.seats), { at: '2026-11-22T10:00:00.000Z' });
    expect(await report(sale)).toMatchObject({ total: { sold: 1, revenueMinor: 5000 }, byDay: [{ day: '2026-11-22', sold: 1 }] });
  });

  it("counts days in the event's time zone, with its daylight-saving time", async () => {
    const sale = await anEvent({ timeZone: 'Atlantic/Canary' });
    const at = (moment: string) => service.say(PaymentConfirmed, confirmed(sale, [seat('A', 100)]), { at: moment });
    await at('2026-07-31T22:59:59.999Z'); // 31 July, 23:59:59
    await at('2026-07-31T23:30:00.000Z'); // summer, UTC+1: 1 August, 00:30
    await at('2026-11-30T23:30:00.000Z'); // winter, UTC+0: still 30 November
    await at('2026-10-24T23:30:00.000Z'); // 25 October, 00:30, the day with 25 hours
    await at('2026-10-25T23:30:00.000Z'); // 25 October, 23:30, after the clocks went back
    expect((await report(sale)).byDay).toEqual([
      { day: '2026-07-31', sold: 1, revenueMinor: 100 },
      { day: '2026-08-01', sold: 1, revenueMinor: 100 },
      { day: '2026-10-25', sold: 2, revenueMinor: 200 },
      { day: '2026-11-30', sold: 1, revenueMinor: 100 },
    ]);
  });

  it('keeps the newest facts of the event, whatever arrives last', async () => {
    const sale = await anEvent({ revision: 3, name: 'New name' });
    await service.say(EventChanged, { ...sale, ...facts, revision: 2, name: 'Old name' });
    expect(await report(sale)).toMatchObject({ eventName: 'New name', total: { sold: 0 }, byCategory: [], byDay: [] });
  });

  it('is for managers: strangers see no event, colleagues hear which role it takes', async () => {
    const sale = await anEvent();
    const ask = (caller: Parameters<typeof service.api.analytics.salesReport>[1]) =>
      service.api.analytics.salesReport({ eventId: sale.eventId }, caller);
    await expect(ask(asMember({ organisationId: sale.organisationId, role: 'owner' }))).resolves.toMatchObject({ eventId: sale.eventId });
    for (const role of ['box-office', 'door'] as const)
      await expect(ask(asMember({ organisationId: sale.organisationId, role }))).rejects.toMatchObject({
        refusal: { code: 'ROLE_REQUIRED', details: { role: 'manager' } },
      });
    await expect(ask(asMember({ organisationId: newId(), role: 'owner' }))).rejects.toMatchObject({ refusal: { code: 'EVENT_NOT_FOUND' } });
    await expect(ask(asUser())).rejects.toMatchObject({ refusal: { code: 'EVENT_NOT_FOUND' } });
    await expect(service.api.analytics.salesReport({ eventId: newId() }, manager(sale))).rejects.toMatchObject({
      refusal: { code: 'EVENT_NOT_FOUND' },
    });
    await expect(service.api.analytics.salesReportCsv({ eventId: sale.eventId }, asUser())).rejects.toMatchObject({
      refusal: { code: 'EVENT_NOT_FOUND' },
    });
  });
});

describe('the report as CSV', () => {
  it('has a row per day and category, and runs nothing in a spreadsheet', async () => {
    const sale = await anEvent({ name: '=cmd|calc' });
    await service.say(PaymentConfirmed, confirmed(sale, [seat('A', 5000), seat('@B', 2500)]), { at: '2026-11-20T10:00:00.000Z' });
    await service.say(TicketCheckedIn, { ...sale, ticketId: newId(), seatId: newId(), category: 'A', gate: 'Norte', at: '2026-12-12T20:00:00.000Z' });
    const { fileName, csv } = await service.api.analytics.salesReportCsv({ eventId: sale.eventId }, manager(sale));
    expect(fileName).toMatch(/^sales-cmd-calc-\d{4}-\d\d-\d\d\.csv$/);
    expect(csv.split('\r\n')).toEqual([
      'event,day,category,sold,revenue_minor,currency,checked_in',
      "'=cmd|calc,2026-11-20,'@B,1,2500,EUR,0",
      "'=cmd|calc,2026-11-20,A,1,5000,EUR,0",
      "'=cmd|calc,2026-12-12,A,0,0,EUR,1",
      '',
    ]);
  });
});
