import { randomUUID } from 'node:crypto';
import { EventChanged } from '@boxoffice/contracts';
import { inProcessHub, saying } from '@boxoffice/messaging';
import { createLogger, createMetrics, runParts } from '@boxoffice/service-kit';
import { anyone, asMember, asUser } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organisationId } from '../../test/booking-peer.ts';
import { openEvent, refusalOf, staff, transfer } from '../../test/by-hand.ts';
import { organisations } from '../../test/organisations-peer.ts';
import { freshStage, type PaymentProcess, type Stage } from '../../test/stage.ts';
import { compose } from '../compose.ts';
import { eventFactsOf, factsOfEvents } from '../persistence/event-facts.sql.ts';
import { eventPaymentsOf } from '../persistence/event-payments.sql.ts';

let stage: Stage;
let one: PaymentProcess;
beforeAll(async () => {
  stage = await freshStage();
  one = await stage.process();
});
afterAll(() => stage.close());

describe('facts of an event', () => {
  it('are heard by the group payment, once each, and the newest revision wins whatever arrives last', async () => {
    const hub = inProcessHub(['payment']);
    const edges = { logger: createLogger({ service: 'payment', level: 'silent' }), metrics: createMetrics('payment') };
    const { seatAllocation } = stage.booking;
    const { ticketing } = stage.ticketing;
    const part = await compose(
      { DATABASE_URL: stage.db.url },
      { ...edges, transport: hub.transport(), seatAllocation, ticketing, identity: organisations },
    );
    const running = runParts([part], edges);
    await running.started;
    const eventId = randomUUID();
    const fixed = { eventId, organisationId, venue: 'v', startsAt: new Date(0), timeZone: 'UTC', currency: 'EUR', status: 'PUBLISHED' as const };
    const mouth = hub.transport();
    for (const [revision, name] of [
      [2, 'Second'],
      [1, 'First'],
      [4, 'Fourth'],
      [3, 'Third'],
    ] as const) {
      const { topic, key, envelope: value } = saying(EventChanged, { ...fixed, revision, name });
      await mouth.publish([
        { topic, key, value },
        { topic, key, value },
      ]);
    }
    expect(await eventFactsOf(stage.db, eventId)).toMatchObject({ revision: 4, name: 'Fourth', startsAt: new Date(0), status: 'PUBLISHED' });
    await running.stop();
  });

  it('are read by id, without those nobody has told of', async () => {
    const [a, b] = [await stage.event(), await stage.event()];
    expect((await factsOfEvents(stage.db, [a, b, randomUUID(), a])).map(({ eventId }) => eventId).sort()).toEqual([a, b].sort());
    expect(await eventFactsOf(stage.db, randomUUID())).toBeUndefined();
  });
});

describe('settings', () => {
  it('are the defaults until somebody sets them, then what was set last', async () => {
    const eventId = await stage.event();
    const before = await one.payment.getEventPayments({ eventId }, staff());
    expect(before).toMatchObject({ eventId, currency: 'EUR', methods: ['online'], feePerSeatMinor: 0, cancelUntilHours: null, updatedAt: null });
    const seller = { name: 'Sala', address: 'Calle 1\n35001', taxId: 'B1' };
    const base = { eventId, feePerSeatMinor: 0, cancelUntilHours: null, keepFees: false };
    const set = await one.payment.setEventPayments({ ...base, methods: ['bank-transfer'], bankTransfer: transfer, seller }, staff('manager'));
    expect(set).toMatchObject({ methods: ['bank-transfer'], bankTransfer: transfer, seller, updatedAt: expect.any(Date) });
    expect(await one.payment.getEventPayments({ eventId }, staff())).toEqual(set);
    await one.payment.setEventPayments({ ...base, methods: ['online'], feePerSeatMinor: 70 }, staff('manager'));
    expect(await eventPaymentsOf(stage.db, eventId)).toMatchObject({ methods: ['online'], bankTransfer: null, seller: null, feePerSeatMinor: 70 });
  });

  it('are of the organisation’s managers alone', async () => {
    const eventId = await openEvent(stage, one);
    const wish = { eventId, methods: ['online' as const], feePerSeatMinor: 0, cancelUntilHours: null, keepFees: false };
    for (const caller of [asUser(), asMember({ organisationId: randomUUID(), role: 'owner' })]) {
      expect(await refusalOf(one.payment.setEventPayments(wish, caller))).toEqual({ code: 'EVENT_NOT_FOUND', details: {} });
      expect(await refusalOf(one.payment.getEventPayments({ eventId }, caller))).toEqual({ code: 'EVENT_NOT_FOUND', details: {} });
    }
    expect(await refusalOf(one.payment.setEventPayments(wish, staff()))).toEqual({ code: 'ROLE_REQUIRED', details: { role: 'manager' } });
    expect(await refusalOf(one.payment.getEventPayments({ eventId }, staff('door')))).toEqual({
      code: 'ROLE_REQUIRED',
      details: { role: 'box-office' },
    });
    expect(await refusalOf(one.payment.setEventPayments({ ...wish, eventId: randomUUID() }, staff('manager')))).toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
    expect(await eventPaymentsOf(stage.db, eventId)).toMatchObject({ feePerSeatMinor: 50 });
  });

  it('that contradict, name an account nobody has, or come after the end are refused, and change nothing', async () => {
    const eventId = await openEvent(stage, one);
    const set = (change: object) =>
      refusalOf(
        one.payment.setEventPayments(
          { eventId, methods: ['online'], feePerSeatMinor: 0, cancelUntilHours: null, keepFees: false, ...change },
          staff('manager'),
        ),
      );
    expect(await set({ methods: ['at-door'] })).toMatchObject({ code: 'PAYMENT_SETTINGS_INVALID', details: { faults: [{ path: 'atDoor' }] } });
    expect(await set({ accountId: randomUUID() })).toMatchObject({ code: 'PAYMENT_SETTINGS_INVALID', details: { faults: [{ path: 'accountId' }] } });
    await stage.event({ eventId, revision: 2, status: 'CANCELLED' });
    expect(await set({})).toEqual({ code: 'EVENT_CANCELLED', details: {} });
    expect(await eventPaymentsOf(stage.db, eventId)).toMatchObject({ feePerSeatMinor: 50 });
  });

  it('are known to payments that begin here at once, and elsewhere within two seconds', async () => {
    const eventId = await stage.event();
    const create = async (process: PaymentProcess) => {
      const me = asUser();
      return (await process.payment.createPayment({ reservationId: await stage.booking.hold(me.actor.userId, 1, { eventId }) }, me)).feeMinor;
    };
    expect(await create(one)).toBe(0);
    const wish = { eventId, methods: ['online' as const], feePerSeatMinor: 30, cancelUntilHours: null, keepFees: false };
    await one.payment.setEventPayments(wish, staff('manager'));
    expect(await create(one)).toBe(30);
    expect(await create(await stage.process())).toBe(30);
  });
});

describe('how anybody can pay', () => {
  it('is told with terms and deadlines, and nothing that only staff should know', async () => {
    const eventId = await openEvent(stage, one);
    const told = await one.payment.paymentMethodsOf({ eventId }, anyone());
    expect(told).toMatchObject({ eventId, currency: 'EUR', feePerSeatMinor: 50, cancellableUntil: expect.any(Date) });
    expect(told.methods).toEqual([
      { method: 'online', provider: 'test', publishableKey: null, instructions: null, payWithin: null },
      { method: 'bank-transfer', provider: 'by-hand', publishableKey: null, instructions: transfer.instructions, payWithin: 24 * 3600 },
      { method: 'at-door', provider: 'by-hand', publishableKey: null, instructions: null, payWithin: expect.any(Number) },
    ]);
    expect(Object.keys(told)).not.toContain('accountId');
    expect(await refusalOf(one.payment.paymentMethodsOf({ eventId: randomUUID() }, anyone()))).toEqual({ code: 'EVENT_NOT_FOUND', details: {} });
  });
});
