import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { appRouter } from './app.ts';
import { HoldSeats } from './booking.ts';
import { type Audience, inOneGo, type Meta } from './procedures.ts';
import { Refusal, refusals } from './refusals.ts';
import { plainRoutes } from './routes.ts';
import { CurrencyCode, EmailAddress, Instant, PaymentReference, referenceAlphabet, referenceSum, Text, TimeZone } from './values.ts';

type Definition = { _def: { type: string; meta?: Meta; inputs: unknown[]; output?: unknown } };
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Definition>);

/** Every procedure and route with who may call it. A new one must be listed here, by a person who has thought about it. */
const audiences: Record<string, Audience> = {
  'identity.register': 'anyone',
  'identity.login': 'anyone',
  'identity.continueAsGuest': 'anyone',
  'identity.refresh': 'anyone',
  'identity.logout': 'anyone',
  'identity.me': 'user',
  'identity.createOrganisation': 'account',
  'identity.addMember': 'account',
  'identity.jwks': 'anyone',
  'identity.contactOf': 'service',
  'identity.contactsOf': 'service',
  'identity.organisationOf': 'service',
  'booking.createEvent': 'user',
  'booking.publishEvent': 'user',
  'booking.cancelEvent': 'user',
  'booking.getEvent': 'anyone',
  'booking.listEvents': 'anyone',
  'booking.listOrganisationEvents': 'user',
  'booking.eventSeats': 'anyone',
  'booking.seatMap': 'anyone',
  'booking.holdSeats': 'user',
  'booking.holdBestAvailable': 'user',
  'booking.holdAdmission': 'user',
  'booking.releaseReservation': 'user',
  'booking.getReservation': 'user',
  'booking.listMyReservations': 'user',
  'booking.blockSeats': 'user',
  'booking.unblockSeats': 'user',
  'booking.blockAdmission': 'user',
  'booking.inventory': 'user',
  'payment.createPayment': 'user',
  'payment.confirmPayment': 'user',
  'payment.cancelPayment': 'user',
  'payment.getPayment': 'user',
  'payment.listMyPayments': 'user',
  'payment.getOrder': 'user',
  'payment.cancelOrder': 'user',
  'payment.refundOrder': 'user',
  'payment.retryRefund': 'user',
  'payment.settleRefundByHand': 'user',
  'payment.putPaymentAccount': 'user',
  'payment.rotateWebhookSecret': 'user',
  'payment.listPaymentAccounts': 'user',
  'payment.closePaymentAccount': 'user',
  'payment.setEventPayments': 'user',
  'payment.getEventPayments': 'user',
  'payment.paymentMethodsOf': 'anyone',
  'payment.markPaid': 'user',
  'payment.listPayments': 'user',
  'payment.eventStatement': 'user',
  'payment.compareStatement': 'user',
  'payment.planEventCancellation': 'user',
  'payment.startEventCancellation': 'user',
  'payment.getEventCancellation': 'user',
  'ticketing.myTickets': 'user',
  'ticketing.getTicket': 'user',
  'ticketing.checkIn': 'user',
  'ticketing.qrKeys': 'anyone',
  'ticketing.ticketsOf': 'service',
  'ticketing.cancelTickets': 'service',
  'analytics.salesReport': 'user',
  'analytics.salesReportCsv': 'user',
  'analytics.myNotifications': 'user',
  'analytics.auditLog': 'user',
  'analytics.resendTickets': 'user',
  uploadSeatingPlan: 'user',
  ticketQrImage: 'user',
  liveTickets: 'user',
  testProviderChallenge: 'anyone',
  answerTestProviderChallenge: 'anyone',
  providerWebhook: 'anyone',
  eventStatementCsv: 'user',
  orderPdf: 'user',
  orderCalendar: 'user',
};

describe('audiences', () => {
  test('every procedure and plain route is listed with its audience', () => {
    const stated = Object.fromEntries([
      ...procedures.map(([path, { _def }]) => [path, _def.meta?.audience]),
      ...Object.entries(plainRoutes).map(([name, route]) => [name, route.audience]),
    ]);
    expect(stated).toEqual(audiences);
  });

  const bodies = {
    anyone: { kind: 'anyone' },
    guest: { kind: 'user', userId: 'u', guest: true, memberships: [] },
    account: { kind: 'user', userId: 'u', guest: false, memberships: [] },
    service: { kind: 'service', name: 'payment' },
  } as const;
  const admits: Record<Audience, (keyof typeof bodies)[]> = {
    anyone: ['anyone', 'guest', 'account', 'service'],
    user: ['guest', 'account'],
    account: ['account'],
    service: ['service'],
  };
  for (const [path, audience] of Object.entries(audiences).filter(([name]) => name.includes('.')))
    test(`${path} turns away everybody but its audience before reading the input`, async () => {
      for (const [who, actor] of Object.entries(bodies)) {
        const caller = appRouter.createCaller({ caller: { actor, requestId: 'r' } } as never) as unknown as Record<
          string,
          Record<string, (input: unknown) => Promise<unknown>>
        >;
        const [namespace = '', name = ''] = path.split('.');
        const code = await caller[namespace]?.[name]?.(Symbol('not an input')).then(
          () => 'ok',
          (error: { code?: string }) => error.code ?? 'TypeError',
        );
        const turnedAway = code === 'UNAUTHORIZED' || code === 'FORBIDDEN';
        expect({ who, turnedAway }).toEqual({ who, turnedAway: !admits[audience].includes(who as never) });
      }
    });
});

describe('procedures', () => {
  test('all state input and output', () => {
    for (const [path, { _def }] of procedures)
      expect({ path, input: _def.inputs.length, output: Boolean(_def.output) }).toMatchObject({ input: 1, output: true });
  });
  test('public ones have a REST face, each at its own address', () => {
    const faces = procedures
      .filter(([, { _def }]) => _def.meta?.audience !== 'service')
      .map(([, { _def }]) => `${_def.meta?.openapi?.method} ${_def.meta?.openapi?.path}`);
    expect(faces.filter((face) => face.includes('undefined'))).toEqual([]);
    expect(new Set(faces).size).toBe(faces.length);
  });
});

describe('values', () => {
  test('an Instant reads its own output', () => {
    const text = Instant.parse(new Date(0));
    expect(Instant.parse(text)).toBe('1970-01-01T00:00:00.000Z');
    expect(Instant.safeParse('yesterday').success).toBe(false);
  });
  test('text is trimmed, bounded and printable', () => {
    expect(Text(5).parse(' a b ')).toBe('a b');
    for (const bad of ['', '  ', 'abcdef', 'a\u0000b', 'a\nb']) expect(Text(5).safeParse(bad).success).toBe(false);
  });
  test('currencies and time zones are real ones', () => {
    expect(CurrencyCode.safeParse('EUR').success && TimeZone.safeParse('Atlantic/Canary').success).toBe(true);
    expect(CurrencyCode.safeParse('EURO').success || TimeZone.safeParse('Mars/Olympus').success).toBe(false);
  });
  test('a payment reference is read as people write it, and no slip of the pen is another reference', () => {
    const first = '2345678';
    const good = [...referenceAlphabet].map((last) => first + last).filter((text) => referenceSum(text) === 0);
    expect(good).toHaveLength(1);
    const [reference = ''] = good;
    expect(PaymentReference.parse(` ${reference.slice(0, 4).toLowerCase()}-${reference.slice(4)} `)).toBe(reference);
    for (let at = 0; at < 8; at++) {
      for (const other of referenceAlphabet.replace(reference[at] ?? '', ''))
        expect(PaymentReference.safeParse(reference.slice(0, at) + other + reference.slice(at + 1)).success).toBe(false);
      const [a = '', b = ''] = reference.slice(at, at + 2);
      if (b !== '' && a !== b) expect(PaymentReference.safeParse(reference.slice(0, at) + b + a + reference.slice(at + 2)).success).toBe(false);
    }
    for (const bad of ['', reference.slice(1), `${reference}2`, reference.replace('2', '0'), 'x'.repeat(30)])
      expect(PaymentReference.safeParse(bad).success).toBe(false);
  });
  test('e-mail addresses compare without case', () => expect(EmailAddress.parse(' A@B.example ')).toBe('a@b.example'));
});

describe('a schema that is read in one go', () => {
  const id = '0193a000-0000-7000-8000-000000000001';
  test.each([{ eventId: id, seatIds: [id], more: 1 }, { eventId: 'x', seatIds: [id, id] }, null])('answers as before: %j', async (value) => {
    const { data, error } = HoldSeats.safeParse(value);
    const [read] = await Promise.allSettled([HoldSeats.parseAsync(value)]);
    expect(read).toMatchObject(error ? { status: 'rejected', reason: { issues: error.issues } } : { status: 'fulfilled', value: data });
  });
  test('cannot wait for anything', async () => {
    await expect(inOneGo(z.string().refine(async () => true)).parseAsync('a')).rejects.toThrow();
  });
});

describe('refusals', () => {
  test('say what to do and carry plain details', () => {
    for (const [code, { message }] of Object.entries(refusals)) expect({ code, ends: message.endsWith('.') }).toEqual({ code, ends: true });
    expect(new Refusal('TICKET_ALREADY_USED', { usedAt: new Date(0), gate: 'A' }).refusal.details).toEqual({
      usedAt: '1970-01-01T00:00:00.000Z',
      gate: 'A',
    });
  });
});
