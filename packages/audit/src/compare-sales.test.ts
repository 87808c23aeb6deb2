import { expect, test } from 'vitest';
import { compareSale, type Paid, type Sold, type Story, type Ticketed } from './compare-sales.ts';

const grace = 60_000;
const paymentId = 'p';
const paid: Paid = { paymentId, reservationId: 'r', status: 'CONFIRMED', netMinor: 2_000, refunded: false, quietMs: grace };
const sold: Sold = { paymentId, reservationId: 'r', eventId: 'e', seatIds: ['a', 'b'], priceMinor: 2_000, quietMs: grace };
const ticketed: Ticketed = { paymentId, living: ['b', 'a'], excused: [], quietMs: grace };
const story: Story = { paymentId, paid, sold, ticketed };
const checksOf = (change: Partial<Story>) => compareSale({ ...story, ...change }, grace).map(({ check }) => check);

test('three that agree say nothing; nobody knowing anything neither', () => {
  expect(checksOf({})).toEqual([]);
  expect(compareSale({ paymentId }, grace)).toEqual([]);
});

test.each<[string, Partial<Story>, string[]]>([
  ['no payment', { paid: undefined }, ['seats-unpaid']],
  ['a payment that failed', { paid: { ...paid, status: 'FAILED' } }, ['seats-unpaid']],
  ['a payment of another reservation', { paid: { ...paid, reservationId: 'other' } }, ['seats-unpaid']],
  ['too little money', { paid: { ...paid, netMinor: 1_999 } }, ['wrong-amount']],
  ['one seat without ticket', { ticketed: { ...ticketed, living: ['a'] } }, ['paid-without-ticket']],
  ['no tickets at all', { ticketed: undefined }, ['paid-without-ticket']],
  ['a ticket too many', { ticketed: { ...ticketed, living: ['a', 'b', 'c'] } }, ['ticket-without-sale']],
  ['tickets of another seat', { ticketed: { ...ticketed, living: ['a', 'c'] } }, ['paid-without-ticket', 'ticket-without-sale']],
  ['no seats', { sold: undefined, ticketed: undefined }, ['paid-without-seats']],
  ['nothing but tickets', { sold: undefined, paid: undefined }, ['ticket-without-sale']],
])('sees %s', (_what, change, found) => {
  expect(checksOf(change)).toEqual(found);
});

test.each<[string, Partial<Story>]>([
  ['a payment still undecided', { paid: { ...paid, status: 'PENDING' }, ticketed: undefined }],
  ['a sale of this moment', { sold: { ...sold, quietMs: grace - 1 }, paid: undefined, ticketed: undefined }],
  ['a payment of this moment', { paid: { ...paid, quietMs: grace - 1, netMinor: 0 }, ticketed: undefined }],
  ['a payment of this moment, whose seats are returned', { paid: { ...paid, quietMs: grace - 1 }, sold: undefined, ticketed: undefined }],
  ['tickets of this moment', { sold: undefined, paid: undefined, ticketed: { ...ticketed, quietMs: grace - 1 } }],
  ['a full refund', { paid: { ...paid, netMinor: 0, refunded: true }, sold: undefined, ticketed: undefined }],
  ['tickets that ended with their event', { ticketed: { ...ticketed, living: [], excused: ['a', 'b'] } }],
])('lets be: %s', (_what, change) => {
  expect(checksOf(change)).toEqual([]);
});
