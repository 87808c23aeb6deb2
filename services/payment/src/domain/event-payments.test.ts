import { Refusal, SetEventPayments } from '@boxoffice/contracts';
import { describe, expect, it } from 'vitest';
import {
  cancellableUntil,
  chosenOffer,
  decideSettings,
  defaultSettings,
  type EventFacts,
  type EventPaymentSettings,
  offersOf,
} from './event-payments.ts';

const hour = 3_600_000;
const now = new Date(Date.UTC(2027, 0, 1));
const at = (hours: number) => new Date(now.getTime() + hours * hour);
const eventId = '00000000-0000-4000-8000-000000000001';
const facts: EventFacts = {
  ...{ eventId, organisationId: '00000000-0000-4000-8000-000000000002', revision: 1, name: 'n', venue: 'v' },
  ...{ startsAt: at(48), timeZone: 'UTC', currency: 'EUR', status: 'PUBLISHED' },
};
const all: EventPaymentSettings = {
  ...defaultSettings,
  methods: ['bank-transfer', 'online', 'at-door'],
  bankTransfer: { withinHours: 24, instructions: 'To the bank.' },
  atDoor: { untilHoursBefore: 2 },
};
const noOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.refusal;
    throw error;
  }
  return undefined;
};

describe('offers', () => {
  it('are in the order of the event, each by hand with its deadline', () => {
    expect(offersOf({ facts, settings: all }, now)).toEqual([
      { method: 'bank-transfer', payUntil: at(24) },
      { method: 'online', payUntil: null },
      { method: 'at-door', payUntil: at(46) },
    ]);
  });

  it.each([
    ['a transfer has until the event starts', 40, ['bank-transfer 48', 'online', 'at-door 46']],
    ['what is paid at the door is open until its hours before', 46, ['bank-transfer 48', 'online']],
    ['nothing by hand once it has started', 48, ['online']],
  ])('late: %s', (_, hours, offers) => {
    const said = offersOf({ facts, settings: all }, at(hours)).map(({ method, payUntil }) =>
      payUntil ? `${method} ${(payUntil.getTime() - now.getTime()) / hour}` : method,
    );
    expect(said).toEqual(offers);
  });

  it('by hand are none for an event that is cancelled, or of which nobody has told', () => {
    for (const known of [{ ...facts, status: 'CANCELLED' as const }, undefined])
      expect(offersOf({ facts: known, settings: all }, now).map(({ method }) => method)).toEqual(['online']);
  });

  it('choose the first, or the one that is named; a refusal tells which there are', () => {
    const choose = (method: 'online' | 'at-door' | undefined, settings = all, amountMinor = 100) =>
      chosenOffer({ facts, settings }, { method, amountMinor, now });
    expect(choose(undefined).method).toBe('bank-transfer');
    expect(choose('at-door').method).toBe('at-door');
    expect(noOf(() => choose('at-door', defaultSettings))).toEqual({ code: 'METHOD_NOT_OFFERED', details: { methods: ['online'] } });
    expect(noOf(() => choose('online', { ...all, methods: ['at-door'] }))).toEqual({ code: 'METHOD_NOT_OFFERED', details: { methods: ['at-door'] } });
    expect(choose(undefined, all, 0).method).toBe('online'); // there is nothing to hand over
    expect(noOf(() => choose('at-door', all, 0))).toMatchObject({ code: 'METHOD_NOT_OFFERED' });
  });
});

it('a customer may cancel until so many hours before the start, if at all', () => {
  expect(cancellableUntil({ facts, settings: all })).toBeNull();
  expect(cancellableUntil({ facts, settings: { ...all, cancelUntilHours: 0 } })).toEqual(at(48));
  expect(cancellableUntil({ facts, settings: { ...all, cancelUntilHours: 24 } })).toEqual(at(24));
  expect(cancellableUntil({ facts: undefined, settings: { ...all, cancelUntilHours: 24 } })).toBeNull();
});

describe('settings', () => {
  const decide = (input: object, event = facts) => decideSettings(SetEventPayments.parse({ eventId, methods: ['online'], ...input }), event, now);

  it('are kept as they are given', () => {
    const given = {
      methods: ['at-door'],
      atDoor: { untilHoursBefore: 1 },
      feePerSeatMinor: 50,
      cancelUntilHours: 24,
      keepFees: true,
      currency: 'EUR',
    };
    expect(decide(given)).toMatchObject({ methods: ['at-door'], atDoor: { untilHoursBefore: 1 }, bankTransfer: null, keepFees: true });
  });

  it.each([
    ['a method without its details', { methods: ['bank-transfer', 'at-door'] }, ['bankTransfer', 'atDoor']],
    [
      'details of a method that is not offered',
      { bankTransfer: { withinHours: 1, instructions: 'i' }, atDoor: { untilHoursBefore: 1 } },
      ['bankTransfer', 'atDoor'],
    ],
    ['an account where nobody pays online', { methods: ['at-door'], atDoor: { untilHoursBefore: 1 }, accountId: eventId }, ['accountId']],
    ['another currency than the event’s', { currency: 'GBP' }, ['currency']],
    ['keeping a fee that is none, where nobody may cancel', { keepFees: true }, ['keepFees', 'keepFees']],
  ])('that contradict each other are refused, every one of them: %s', (_, input, paths) => {
    const no = noOf(() => decide(input));
    expect(no).toMatchObject({ code: 'PAYMENT_SETTINGS_INVALID', details: { faults: paths.map((path) => ({ path })) } });
  });

  it('of a cancelled event are refused', () => expect(noOf(() => decide({}, { ...facts, status: 'CANCELLED' }))?.code).toBe('EVENT_CANCELLED'));

  it.each([
    ['no method', { methods: [] }, 'methods'],
    ['a method twice', { methods: ['online', 'online'] }, 'methods'],
    ['a method nobody knows', { methods: ['cheque'] }, 'methods.0'],
    ['a currency nobody knows', { currency: 'EURO' }, 'currency'],
    ['instructions that are too long', { bankTransfer: { withinHours: 1, instructions: 'x'.repeat(501) } }, 'bankTransfer.instructions'],
    ['instructions with a control character', { bankTransfer: { withinHours: 1, instructions: 'a\u0000b' } }, 'bankTransfer.instructions'],
    ['no time at all', { bankTransfer: { withinHours: 0, instructions: 'i' } }, 'bankTransfer.withinHours'],
    ['a fee below nothing', { feePerSeatMinor: -1 }, 'feePerSeatMinor'],
    ['a fee with a fraction', { feePerSeatMinor: 0.5 }, 'feePerSeatMinor'],
    ['a seller without a tax id', { seller: { name: 'n', address: 'a' } }, 'seller.taxId'],
    ['a seller with a long name', { seller: { name: 'n'.repeat(201), address: 'a', taxId: 't' } }, 'seller.name'],
  ])('that cannot be read name their field: %s', (_, input, path) => {
    const read = SetEventPayments.safeParse({ eventId, methods: ['online'], ...input });
    expect(read.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });

  it('may have an address of several lines', () => {
    const seller = { name: 'Sala', address: 'Calle 1\r\n35001 Las Palmas', taxId: 'B1' };
    expect(SetEventPayments.parse({ eventId, methods: ['online'], seller }).seller?.address).toBe('Calle 1\n35001 Las Palmas');
  });
});
