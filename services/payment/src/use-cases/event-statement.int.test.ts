import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Caller, plainRoutes, type User } from '@boxoffice/contracts';
import { asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organisationId } from '../../test/booking-peer.ts';
import { awaitingCustomer, openEvent, refusalOf, staff } from '../../test/by-hand.ts';
import { cards, freshStage, type PaymentProcess, type Stage } from '../../test/stage.ts';

let stage: Stage;
let one: PaymentProcess;
let eventId: string;
const manager = staff('manager');
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process();
  eventId = await openEvent(stage, one);
  await sell();
});
afterAll(() => stage.close());

const pay = async (card: string, seats = 2) => {
  const customer = await stage.customer(one.payment, seats, { eventId });
  await one.payment.confirmPayment({ paymentId: customer.paymentId, card }, customer.me).catch(() => undefined);
  return customer;
};

/** Two by card, one at 23:30 UTC which is the next day there; one by transfer; one refunded, one declined, one that still waits; one of another event. */
async function sell(): Promise<void> {
  const [early, late] = [await pay(cards.approved), await pay(cards.approved, 1)];
  const captured = (paymentId: string, at: string) => stage.db.query('UPDATE transactions SET captured_at = $2 WHERE id = $1', [paymentId, at]);
  await captured(early.paymentId, '2027-03-01T20:00:00Z');
  await captured(late.paymentId, '2027-03-01T23:30:00Z');
  const transfer = await awaitingCustomer(stage, one, eventId);
  await one.payment.markPaid({ paymentId: transfer.paymentId, reason: 'seen' }, manager);
  await captured(transfer.paymentId, '2027-03-02T08:00:00Z');
  const refunded = await stage.customer(one.payment, 2, { eventId });
  await stage.booking.takeOver(refunded.reservationId);
  await one.payment.confirmPayment({ paymentId: refunded.paymentId, card: cards.capturesAtOnce }, refunded.me).catch(() => undefined);
  await captured(refunded.paymentId, '2027-03-02T08:00:00Z');
  await stage.db.query(`UPDATE refunds SET done_at = '2027-03-03T08:00:00Z' WHERE payment_id = $1`, [refunded.paymentId]);
  await pay(cards.declined);
  await awaitingCustomer(stage, one, eventId);
  const other = await stage.customer(one.payment, 2);
  await one.payment.confirmPayment({ paymentId: other.paymentId, card: cards.approved }, other.me);
}

describe('a statement', () => {
  it('has captured, refunded, fees and net per day of the event’s time zone and per method', async () => {
    const statement = await one.payment.eventStatement({ eventId }, manager);
    expect(statement.byDay).toEqual([
      { day: '2027-03-01', method: 'online', payments: 1, refunds: 0, capturedMinor: 3100, refundedMinor: 0, feesMinor: 100, netMinor: 3100 },
      { day: '2027-03-02', method: 'bank-transfer', payments: 1, refunds: 0, capturedMinor: 3100, refundedMinor: 0, feesMinor: 100, netMinor: 3100 },
      { day: '2027-03-02', method: 'online', payments: 2, refunds: 0, capturedMinor: 4650, refundedMinor: 0, feesMinor: 150, netMinor: 4650 },
      { day: '2027-03-03', method: 'online', payments: 0, refunds: 1, capturedMinor: 0, refundedMinor: 3100, feesMinor: 0, netMinor: -3100 },
    ]);
    expect(statement.byMethod.map(({ method, netMinor }) => `${method} ${netMinor}`)).toEqual(['bank-transfer 3100', 'online 4650']);
    expect(statement.total).toMatchObject({ payments: 4, refunds: 1, capturedMinor: 10_850, refundedMinor: 3100, netMinor: 7750 });
    expect(statement).toMatchObject({ eventId, currency: 'EUR', timeZone: 'Africa/Harare' });
  });

  it('of an event nobody has paid for is empty', async () => {
    const empty = await stage.event();
    expect(await one.payment.eventStatement({ eventId: empty }, manager)).toMatchObject({ byDay: [], byMethod: [], total: { netMinor: 0 } });
  });

  it('is for managers', async () => {
    const stranger = asMember({ organisationId: randomUUID(), role: 'owner' });
    for (const read of [one.payment.eventStatement, one.payment.compareStatement]) {
      expect(await refusalOf(read({ eventId }, stranger))).toEqual({ code: 'EVENT_NOT_FOUND', details: {} });
      expect(await refusalOf(read({ eventId }, staff()))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'manager' } });
    }
  });

  it('comes as a file, to its managers only', async () => {
    const route = one.part.routes.find(({ spec }) => spec === plainRoutes.eventStatementCsv);
    const get = async (id: string, caller: Caller<User>) => {
      const sent = { status: 0, headers: {} as Record<string, unknown>, body: '' };
      const res = {
        writeHead(status: number, headers: Record<string, unknown>) {
          Object.assign(sent, { status, headers });
          return res;
        },
        end: (body: Buffer) => Object.assign(sent, { body: body.toString() }),
      };
      const req = Object.assign(Readable.from([]), { params: { eventId: id } });
      await route?.handle({ req, res, caller, signal: new AbortController().signal } as never);
      return sent;
    };
    const { status, headers, body } = await get(eventId, manager);
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(headers['content-disposition']).toBe(`attachment; filename="statement-${eventId}.csv"`);
    const lines = body.split('\r\n');
    expect(lines).toHaveLength(9); // header, four days, two methods, all, and the end
    expect(lines[7]).toBe('Noche de jazz,total,all,4,1,10850,3100,350,7750,EUR');
    for (const id of ['not-an-id', randomUUID()]) expect(await refusalOf(get(id, manager))).toEqual({ code: 'EVENT_NOT_FOUND', details: {} });
    expect(await refusalOf(get(eventId, asUser()))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
  });
});

describe('beside the provider’s list', () => {
  const compare = () => one.payment.compareStatement({ eventId }, manager);

  it('agrees to the cent; money by hand is told as not compared', async () => {
    expect(await compare()).toMatchObject({ compared: 4, differences: [], notCompared: [{ provider: 'by-hand', movements: 1 }] });
  });

  it('names what is not the same: an amount, a capture the provider does not know, one we do not know', async () => {
    const [known] = await stage.db.query<{ key: string }>(
      `SELECT c.key FROM test_provider_charges c JOIN transactions t ON c.key = t.id || ':authorising' WHERE t.event_id = $1 AND t.status = 'CONFIRMED' LIMIT 1`,
      [eventId],
    );
    await stage.db.query('UPDATE test_provider_charges SET amount_minor = amount_minor - 1 WHERE key = $1', [known?.key]);
    expect((await compare()).differences).toMatchObject([{ what: 'amount-differs', kind: 'capture', charge: known?.key, provider: 'test' }]);
    await stage.db.query(`UPDATE test_provider_charges SET status = 'voided' WHERE key = $1`, [known?.key]);
    expect((await compare()).differences).toMatchObject([{ what: 'missing-at-provider', theirsMinor: null }]);
    const declined = await pay(cards.declined);
    await stage.db.query(`UPDATE test_provider_charges SET status = 'captured' WHERE key = $1`, [`${declined.paymentId}:authorising`]);
    expect((await compare()).differences).toMatchObject([
      { what: 'missing-at-provider' },
      { what: 'missing-here', paymentId: declined.paymentId, oursMinor: null, theirsMinor: 3100 },
    ]);
  });
});

describe('the list of payments', () => {
  const list = (filter: object, caller = staff()) => one.payment.listPayments({ organisationId, limit: 100, ...filter }, caller);
  const ids = async (filter: object) => (await list(filter)).payments.map(({ paymentId }) => paymentId);

  it('is found by event, state, what is waited for, age and reference', async () => {
    const all = await list({ eventId });
    expect(all.payments.length).toBeGreaterThanOrEqual(6);
    expect((await list({ eventId, status: 'FAILED' })).payments.every(({ status }) => status === 'FAILED')).toBe(true);
    const waiting = await list({ eventId, waitingFor: 'staff' });
    expect(waiting.payments).toMatchObject([{ status: 'PENDING', waitingFor: 'staff', seats: 2, overdue: false, waitingSince: expect.any(Date) }]);
    const reference = waiting.payments[0]?.reference ?? '';
    expect(await ids({ reference })).toEqual([waiting.payments[0]?.paymentId]);
    expect(await ids({ eventId, olderThanSeconds: 3600 })).toEqual([]);
    expect(await ids({ eventId, waitingFor: 'provider' })).toEqual([]);
    expect(await ids({ eventId: randomUUID() })).toEqual([]);
  });

  it('goes on page by page, each payment once', async () => {
    const whole = await ids({});
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await list({ limit: 2, ...(after && { after }) });
      seen.push(...page.payments.map(({ paymentId }) => paymentId));
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen).toEqual(whole);
    expect(await ids({ after: randomUUID() })).toEqual([]);
  });

  it('is of the organisation’s box office alone', async () => {
    expect(await refusalOf(list({}, asUser()))).toEqual({ code: 'ORGANISATION_NOT_FOUND', details: {} });
    expect(await refusalOf(list({}, staff('door')))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'box-office' } });
    const elsewhere = randomUUID();
    expect((await list({ organisationId: elsewhere }, asMember({ organisationId: elsewhere, role: 'owner' }))).payments).toEqual([]);
  });
});
