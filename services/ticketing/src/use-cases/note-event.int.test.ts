import { EventChanged, PaymentConfirmed, TicketCancelled } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aSale, eventOf, multiplyTicket, type Stage, startStage } from '../../test/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const factsOf = (eventId: string) =>
  stage.db.query<{ name: string; revision: number; status: string }>('SELECT name, revision, status FROM event_facts WHERE event_id = $1', [eventId]);

it('keeps the newest revision of an event, whatever arrives last', async () => {
  const event = eventOf(aSale());
  for (const [revision, name] of [
    [2, 'Second'],
    [1, 'First'],
    [4, 'Fourth'],
    [3, 'Third'],
  ] as const)
    await stage.say(EventChanged, { ...event, revision, name });
  expect(await factsOf(event.eventId)).toEqual([{ name: 'Fourth', revision: 4, status: 'PUBLISHED' }]);
});

it('a cancelled event ends every active ticket, tells each once, and leaves who is in', async () => {
  const place = { eventId: newId(), organisationId: newId() };
  const sale = aSale({ ...place, seats: 2 });
  const elsewhere = aSale({ organisationId: place.organisationId });
  for (const paid of [sale, elsewhere]) await stage.say(PaymentConfirmed, paid);
  const [inside, other] = (await stage.api.myTickets({ paymentId: sale.paymentId, limit: 2 }, asUser({ userId: sale.userId }))).tickets;
  if (!inside || !other) throw new Error('no tickets');
  await multiplyTicket(stage.db, other.ticketId, 600); // more than one batch
  await stage.api.checkIn({ eventId: place.eventId, qr: inside.qr, gate: 'North' }, asMember({ organisationId: place.organisationId, role: 'door' }));

  const off = eventOf(place, { revision: 2, status: 'CANCELLED' });
  await Promise.all([stage.say(EventChanged, off), stage.say(EventChanged, off)]);
  const counted = await stage.db.query('SELECT status, cancel_reason AS reason, count(*) FROM tickets WHERE event_id = $1 GROUP BY 1, 2 ORDER BY 1', [
    place.eventId,
  ]);
  expect(counted).toEqual([
    { status: 'CANCELLED', reason: 'event-cancelled', count: 601 },
    { status: 'USED', reason: null, count: 1 },
  ]);
  const told = (await stage.said(TicketCancelled)).filter(({ eventId }) => eventId === place.eventId);
  expect(new Set(told.map(({ ticketId }) => ticketId)).size).toBe(601);
  expect(told).toHaveLength(601);
  expect((await stage.api.myTickets({ limit: 1 }, asUser({ userId: elsewhere.userId }))).tickets[0]).toMatchObject({ status: 'ACTIVE' });
});

it('a ticket issued after its event was called off is born cancelled', async () => {
  const sale = aSale({ seats: 1 });
  await stage.say(EventChanged, eventOf(sale, { status: 'CANCELLED' }));
  await stage.say(PaymentConfirmed, sale);
  const { tickets } = await stage.api.myTickets({ limit: 1 }, asUser({ userId: sale.userId }));
  expect(tickets).toMatchObject([{ status: 'CANCELLED' }]);
  expect((await stage.said(TicketCancelled)).filter(({ paymentId }) => paymentId === sale.paymentId)).toMatchObject([{ reason: 'event-cancelled' }]);
});
