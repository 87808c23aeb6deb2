import { CheckedIn, EventChanged, PaymentConfirmed, PaymentRefunded, Refusal, type Role, TicketCheckedIn } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSale, eventOf, refundOf, type Sale, type Stage, secrets, startStage } from '../../test/stage.ts';
import { ticketSigner } from '../crypto/ticket-signer.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const doorOf = ({ organisationId }: Sale, role: Role = 'door', idempotencyKey?: string) =>
  asMember({ organisationId, role }, idempotencyKey === undefined ? {} : { idempotencyKey });
/** A sold event with its tickets. */
async function sold({ seats = 1, known = true }: { seats?: number; known?: boolean } = {}) {
  const sale = aSale({ seats });
  if (known) await stage.say(EventChanged, eventOf(sale));
  await stage.say(PaymentConfirmed, sale);
  const { tickets } = await stage.api.myTickets({ paymentId: sale.paymentId, limit: 100 }, asUser({ userId: sale.userId }));
  const [ticket] = tickets;
  if (!ticket) throw new Error('no ticket');
  return { sale, ticket, tickets };
}
const refusalOf = async (answer: Promise<unknown>) => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refusal) return error.refusal;
    throw error;
  }
};
const forged = (reason: string) => ({ code: 'TICKET_FORGED', details: { reason } });
const checkInsOf = (ticketId: string) => stage.db.query('SELECT gate, checked_in_by FROM check_ins WHERE ticket_id = $1', [ticketId]);
const toldOf = async (ticketId: string) => (await stage.said(TicketCheckedIn)).filter((fact) => fact.ticketId === ticketId);

describe('a valid ticket', () => {
  it('is welcomed, recorded and told', async () => {
    const { sale, ticket } = await sold();
    const door = doorOf(sale);
    const welcome = await stage.api.checkIn({ eventId: sale.eventId, qr: ticket.qr, gate: 'North' }, door);
    expect(welcome).toMatchObject({ ticketId: ticket.ticketId, label: ticket.label, category: 'Patio', gate: 'North' });
    expect(await stage.api.getTicket({ ticketId: ticket.ticketId }, asUser({ userId: sale.userId }))).toMatchObject({
      status: 'USED',
      gate: 'North',
      usedAt: welcome.checkedInAt,
    });
    expect(await checkInsOf(ticket.ticketId)).toEqual([{ gate: 'North', checked_in_by: door.actor.userId }]);
    expect(await toldOf(ticket.ticketId)).toEqual([
      {
        ...{ organisationId: sale.organisationId, eventId: sale.eventId, ticketId: ticket.ticketId, seatId: ticket.seatId },
        ...{ category: 'Patio', gate: 'North', at: new Date(welcome.checkedInAt).toISOString() },
      },
    ]);
  });

  it('of 50 doors at once is welcomed by exactly one; 49 are told its time and gate', async () => {
    const { sale, ticket } = await sold();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        refusalOf(stage.api.checkIn({ eventId: sale.eventId, qr: ticket.qr, gate: `Gate ${n}` }, doorOf(sale, 'door', newId()))),
      ),
    );
    const welcomes = answers.filter((answer) => answer && typeof answer === 'object' && 'checkedInAt' in answer) as {
      gate: string;
      checkedInAt: Date;
    }[]; // told apart from refusals by their field
    expect(welcomes).toHaveLength(1);
    const [welcome] = welcomes;
    if (!welcome) throw new Error('nobody was welcomed');
    const refused = { code: 'TICKET_ALREADY_USED', details: { usedAt: new Date(welcome.checkedInAt).toISOString(), gate: welcome.gate } };
    expect(answers.filter((answer) => answer !== welcome)).toEqual(Array(49).fill(refused));
    expect(await checkInsOf(ticket.ticketId)).toHaveLength(1);
    expect(await toldOf(ticket.ticketId)).toHaveLength(1);
  });

  it('is welcomed again with the same answer under the same key, also at once', async () => {
    const { sale, ticket } = await sold();
    const door = doorOf(sale, 'door', 'door-1/17');
    const input = { eventId: sale.eventId, qr: ticket.qr, gate: 'North' };
    const answers = await Promise.all([1, 2, 3].map(() => stage.api.checkIn(input, door)));
    answers.push(await stage.api.checkIn(input, door));
    const told = answers.map((answer) => CheckedIn.parse(answer));
    expect(told).toEqual(Array(4).fill(told[0]));
    expect(await checkInsOf(ticket.ticketId)).toHaveLength(1);
    expect(await refusalOf(stage.api.checkIn({ ...input, gate: 'South' }, door))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await refusalOf(stage.api.checkIn(input, { ...door, idempotencyKey: 'door-1/18' }))).toMatchObject({ code: 'TICKET_ALREADY_USED' });
  });

  it('is welcomed while the facts of its event are still on their way', async () => {
    const { sale, ticket } = await sold({ known: false });
    expect(await stage.api.checkIn({ eventId: sale.eventId, qr: ticket.qr, gate: 'North' }, doorOf(sale))).toMatchObject({ gate: 'North' });
  });

  it('that was refunded after it was used stays used', async () => {
    const { sale, ticket } = await sold();
    await stage.api.checkIn({ eventId: sale.eventId, qr: ticket.qr, gate: 'North' }, doorOf(sale));
    await stage.say(PaymentRefunded, refundOf(sale));
    expect(await stage.api.getTicket({ ticketId: ticket.ticketId }, asUser({ userId: sale.userId }))).toMatchObject({ status: 'USED' });
  });
});

describe('who is at the door', () => {
  it('a stranger does not learn that the event exists; a colleague is told the role', async () => {
    const { sale, ticket } = await sold();
    const input = { eventId: sale.eventId, qr: ticket.qr, gate: 'North' };
    expect(await refusalOf(stage.api.checkIn(input, asUser()))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await refusalOf(stage.api.checkIn(input, asUser({ userId: sale.userId })))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await refusalOf(stage.api.checkIn(input, asMember({ organisationId: newId(), role: 'owner' })))).toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
    expect(await refusalOf(stage.api.checkIn(input, doorOf(sale, 'box-office')))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'door' } });
    expect(await refusalOf(stage.api.checkIn({ ...input, qr: 'nonsense' }, asUser()))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect(await stage.api.checkIn(input, doorOf(sale, 'manager'))).toMatchObject({ gate: 'North' });
  });
});

describe('a ticket that is turned away', () => {
  it('forged: unreadable, signed by nobody we know, signature of another code, unknown ticket, replaced code', async () => {
    const { sale, ticket, tickets } = await sold({ seats: 2 });
    const tries = (qr: string) => refusalOf(stage.api.checkIn({ eventId: sale.eventId, qr, gate: 'North' }, doorOf(sale)));
    expect(await tries('https://example.org')).toEqual(forged('unreadable'));
    const elsewhere = await startStage();
    try {
      const facts = { ticketId: ticket.ticketId, eventId: sale.eventId, label: ticket.label, revision: 1 };
      const foreign = ticketSigner(elsewhere.db, Buffer.from(secrets.TICKET_KEY_SECRET, 'base64'));
      expect(await tries(await foreign.sign(facts))).toEqual(forged('unknown-key'));
    } finally {
      await elsewhere.stop();
    }
    const [version, payload] = ticket.qr.split('.');
    expect(await tries(`${version}.${payload}.${tickets[1]?.qr.split('.')[2]}`)).toEqual(forged('signature'));
    const ours = ticketSigner(stage.db, Buffer.from(secrets.TICKET_KEY_SECRET, 'base64'));
    const code = { ticketId: newId(), eventId: sale.eventId, label: 'A 1', revision: 1 };
    expect(await tries(await ours.sign(code))).toEqual(forged('unknown-ticket'));
    await stage.db.query('UPDATE tickets SET revision = 2 WHERE id = $1', [ticket.ticketId]);
    expect(await tries(ticket.qr)).toEqual(forged('superseded'));
    expect(await checkInsOf(ticket.ticketId)).toEqual([]);
  });

  it('of another event, with its name', async () => {
    const { sale } = await sold();
    const other = await sold();
    const answer = stage.api.checkIn({ eventId: sale.eventId, qr: other.ticket.qr, gate: 'North' }, doorOf(sale));
    expect(await refusalOf(answer)).toEqual({ code: 'TICKET_OF_ANOTHER_EVENT', details: { eventName: 'Noche de jazz' } });
  });

  it('cancelled, with the reason', async () => {
    const [refunded, off] = [await sold(), await sold()];
    await stage.say(PaymentRefunded, refundOf(refunded.sale));
    await stage.say(EventChanged, eventOf(off.sale, { revision: 2, status: 'CANCELLED' }));
    for (const [{ sale, ticket }, reason] of [
      [refunded, 'refunded'],
      [off, 'event-cancelled'],
    ] as const)
      expect(await refusalOf(stage.api.checkIn({ eventId: sale.eventId, qr: ticket.qr, gate: 'North' }, doorOf(sale)))).toEqual({
        code: 'TICKET_CANCELLED',
        details: { reason },
      });
  });

  it('never both in and cancelled, when refund and check-in meet', async () => {
    for (let round = 0; round < 15; round++) {
      const { sale, ticket } = await sold();
      const [answer] = await Promise.all([
        refusalOf(stage.api.checkIn({ eventId: sale.eventId, qr: ticket.qr, gate: 'North' }, doorOf(sale))),
        stage.say(PaymentRefunded, refundOf(sale)),
      ]);
      const { status } = await stage.api.getTicket({ ticketId: ticket.ticketId }, asUser({ userId: sale.userId }));
      expect(answer).toMatchObject(status === 'USED' ? { gate: 'North' } : { code: 'TICKET_CANCELLED' });
      expect(await checkInsOf(ticket.ticketId)).toHaveLength(status === 'USED' ? 1 : 0);
    }
  });
});
