import { expect, test } from 'vitest';
import { compareSale, type Paid, type Sold, type Story, type Ticketed } from './compare-sales.ts';

const grace = 60_000;
const paymentId = 'p';
const paid: Paid = {
  ...{ paymentId, reservationId: 'r', status: 'CONFIRMED', netMinor: 2_000, keptMinor: 2_100, feeMinor: 100, quietMs: grace },
  ...{ refunded: false, refunding: false, goingBack: [] },
};
const refundedPaid: Paid = { ...paid, status: 'REFUNDED', refunded: true, netMinor: 0, keptMinor: 100 };
const nothing = { sold: undefined, ticketed: undefined };
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
  ['a refunded payment that keeps more than its fees', { paid: { ...refundedPaid, keptMinor: 101 }, ...nothing }, ['wrong-amount']],
  ['a refunded payment that gave more than it took', { paid: { ...refundedPaid, keptMinor: -1 }, ...nothing }, ['wrong-amount']],
  ['seats that are sold to a refunded payment', { paid: refundedPaid }, ['seats-unpaid']],
  ['one seat refunded that stays sold', { paid: { ...paid, netMinor: 1_000, refunded: true } }, ['wrong-amount']],
  [
    'a seat without ticket beside one that is going back',
    { paid: { ...paid, goingBack: ['a'] }, ticketed: { ...ticketed, living: [] } },
    ['paid-without-ticket'],
  ],
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
  ['a full refund that keeps the fees', { paid: refundedPaid, ...nothing }],
  ['a full refund with fees', { paid: { ...refundedPaid, keptMinor: 0 }, ...nothing }],
  ['good will', { paid: { ...paid, refunded: true, keptMinor: 600 } }],
  [
    'one seat of two that went back',
    {
      paid: { ...paid, netMinor: 1_000, refunded: true },
      sold: { ...sold, seatIds: ['b'], priceMinor: 1_000 },
      ticketed: { ...ticketed, living: ['b'] },
    },
  ],
  ['a seat whose refund was declined: its ticket has ended', { paid: { ...paid, goingBack: ['a'] }, ticketed: { ...ticketed, living: ['b'] } }],
  [
    'a refund between seats and its end',
    {
      paid: { ...paid, refunding: true, goingBack: ['a'] },
      sold: { ...sold, seatIds: ['b'], priceMinor: 1_000 },
      ticketed: { ...ticketed, living: ['b'] },
    },
  ],
  ['tickets that ended with their event', { ticketed: { ...ticketed, living: [], excused: ['a', 'b'] } }],
])('lets be: %s', (_what, change) => {
  expect(checksOf(change)).toEqual([]);
});
