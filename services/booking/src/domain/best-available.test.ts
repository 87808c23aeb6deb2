import { describe, expect, it } from 'vitest';
import { drawn } from '../../test/drawn-hall.ts';
import { proposalsFor, refuseOtherWish, type Sight } from './best-available.ts';
import type { Wish } from './best-seats.ts';
import type { ReservationSeat } from './reservation.ts';

const at = '2030-01-01T00:00:00Z';
const event = { status: 'PUBLISHED', organisationId: 'o', onSale: true, onSaleFrom: at, onSaleUntil: at, maxSeats: 8 } as const;
const wish = (quantity: number, more: Partial<Wish> = {}): Wish => ({ quantity, accessible: 0, ...more });
const nobody = { known: false, owned: 0 };
const place = drawn('xx...x');
const proposals = (wishes: Wish[], changes: Partial<Sight> = {}) =>
  proposalsFor(place.hall, { event, free: place.free, asks: wishes.map(() => nobody), ...changes }, wishes);

describe('nothing is proposed', () => {
  it.each([
    ['twice for one reservation, also when its event is gone', { event: null, asks: [{ known: true, owned: 0 }] }, wish(2), { result: 'KNOWN' }],
    ['without an event', { event: null }, wish(2), { result: 'CLOSED', event: null }],
    ['for a draft', { event: { ...event, status: 'DRAFT' } }, wish(2), { result: 'CLOSED', event: { status: 'DRAFT', owned: 0 } }],
    ['outside the window', { event: { ...event, onSale: false } }, wish(2), { result: 'CLOSED', event: { onSale: false } }],
    ['beyond the limit', { asks: [{ known: false, owned: 7 }] }, wish(2), { result: 'CLOSED', event: { owned: 7 } }],
    ['beyond the limit, though the category is unknown too', {}, wish(9, { category: 'Royal' }), { result: 'CLOSED' }],
    ['for an unknown category', {}, wish(2, { category: 'Royal' }), { result: 'NO_CATEGORY' }],
    ['where too few are free', {}, wish(4), { result: 'NONE', most: 3 }],
  ] as [string, Partial<Sight>, Wish, object][])('%s', (_, changes, wanted, answer) => expect(proposals([wanted], changes)).toMatchObject([answer]));
});

describe('wishes of one look', () => {
  it('get seats of their own, in turn', () =>
    expect(proposals([wish(2), wish(1)])).toEqual([
      { result: 'SEATS', seatIds: ['2', '3'] },
      { result: 'SEATS', seatIds: ['4'] },
    ]));

  it('hear no "no" while what they want was only proposed to another', () =>
    expect(proposals([wish(2), wish(2), wish(4)])).toEqual([
      { result: 'SEATS', seatIds: ['2', '3'] },
      { result: 'LATER' },
      { result: 'NONE', most: 3 },
    ]));

  it('leave their seats to others when they are refused', () =>
    expect(proposals([wish(3), wish(3)], { asks: [{ known: false, owned: 8 }, nobody] }).map(({ result }) => result)).toEqual(['CLOSED', 'SEATS']));
});

describe('a reservation that was here before', () => {
  const seat = (changes: Partial<ReservationSeat> = {}) =>
    ({ eventId: 'e', category: 'Stalls', kind: 'standard', status: 'RELEASED', ...changes }) as ReservationSeat; // what the rule reads
  const pair = [seat(), seat({ kind: 'accessible' })];

  it.each([
    ['wanted with its number', 2, {}],
    ['wanted with its category', 2, { category: 'Stalls' }],
  ])('is the same one %s', (_, quantity, more) => expect(() => refuseOtherWish(pair, 'e', wish(quantity, { accessible: 1, ...more }))).not.toThrow());

  it.each([
    ['of more seats', 'e', wish(3, { accessible: 1 })],
    ['of another category', 'e', wish(2, { accessible: 1, category: 'Boxes' })],
    ['without a wheelchair place', 'e', wish(2)],
    ['of another event', 'f', wish(2, { accessible: 1 })],
  ])('is not the one %s', (_, eventId, wanted) =>
    expect(() => refuseOtherWish(pair, eventId, wanted)).toThrow(
      expect.objectContaining({ refusal: { code: 'IDEMPOTENCY_KEY_REUSED', details: {} } }),
    ),
  );
});
