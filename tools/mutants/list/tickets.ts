import type { Mutant } from '../mutant.ts';

const persistence = 'services/ticketing/src/persistence';
const migration = 'services/ticketing/migrations/0001-tickets.ts';
const liveIndex = 'services/ticketing/migrations/0002-refunded-tickets.ts';
const checkIn = `${persistence}/check-in.sql.ts`;
const issueTests = ['services/ticketing/src/use-cases/issue-tickets.int.test.ts'];
const checkInTests = ['services/ticketing/src/use-cases/check-in.int.test.ts'];

/** The right to enter: one per paid seat, used once. */
export const tickets: readonly Mutant[] = [
  {
    name: 'two-tickets-per-paid-seat',
    guard: 'one ticket per (payment, seat)',
    file: migration,
    find: 'CONSTRAINT tickets_once_per_paid_seat UNIQUE (payment_id, seat_id),',
    replace: '',
    also: [
      { file: liveIndex, find: 'CREATE UNIQUE INDEX tickets_one_live_per_seat', replace: 'CREATE INDEX tickets_one_live_per_seat' },
      { file: `${persistence}/issue.sql.ts`, find: 'ON CONFLICT (payment_id, seat_id) DO NOTHING', replace: '' },
    ],
    tests: issueTests,
  },
  {
    name: 'two-live-tickets-per-seat',
    guard: 'one live ticket per seat (unique index)',
    file: liveIndex,
    find: 'CREATE UNIQUE INDEX tickets_one_live_per_seat',
    replace: 'CREATE INDEX tickets_one_live_per_seat',
    tests: issueTests,
  },
  {
    name: 'issue-beside-a-refund',
    guard: 'nobody issues and refunds for one customer at once',
    file: 'services/ticketing/src/use-cases/issue-tickets.ts',
    find: 'await lockToIssue(tx, sales);',
    replace: '',
    tests: issueTests,
  },
  {
    name: 'refund-beside-an-issue',
    guard: 'nobody refunds while tickets are issued to the customer',
    file: 'services/ticketing/src/use-cases/cancel-refunded-tickets.ts',
    find: 'await lockToRefund(tx, refunds);',
    replace: '',
    tests: issueTests,
  },
  {
    name: 'early-refund-forgotten',
    guard: 'a refund heard before its payment is remembered',
    file: 'services/ticketing/src/end-tickets.ts',
    find: 'await rememberRefund(tx, refund);',
    replace: '',
    tests: issueTests,
  },
  {
    name: 'in-twice',
    guard: 'a ticket checks in once (conditional update)',
    file: checkIn,
    find: ` AND status = 'ACTIVE'`,
    replace: ` AND status <> 'CANCELLED'`,
    tests: checkInTests,
  },
  {
    name: 'in-after-cancellation',
    guard: 'a cancelled ticket never checks in',
    file: checkIn,
    find: ` AND status = 'ACTIVE'`,
    replace: ` AND status <> 'USED'`,
    tests: checkInTests,
  },
  {
    name: 'in-anywhere',
    guard: 'a ticket opens the doors of its event only',
    file: 'services/ticketing/src/use-cases/check-in.ts',
    find: 'if (payload.eventId !== input.eventId)',
    replace: 'if (false)',
    tests: checkInTests,
  },
  {
    name: 'codes-are-believed',
    guard: 'the signature of a code is checked',
    file: 'services/ticketing/src/crypto/ticket-signer.ts',
    find: 'return verify(null, Buffer.from(code.signed), key, code.signature) ?',
    replace: 'return key ?',
    tests: checkInTests,
  },
  {
    name: 'tickets-of-any-user',
    guard: 'a ticket is its owner’s alone (WHERE)',
    file: `${persistence}/tickets.ts`,
    find: 'findOne(TicketRow, { id: own.ticketId, userId: own.userId });',
    replace: 'findOne(TicketRow, { id: own.ticketId });',
    tests: ['services/ticketing/src/use-cases/read-tickets.int.test.ts'],
  },
  {
    name: 'cancelled-ticket-with-code',
    guard: 'a cancelled ticket is printed without its code',
    file: 'services/payment/src/documents/ticket-page.ts',
    find: "if (ticket.status === 'CANCELLED') drawCancelled(sheet, foot);\n    else drawCode(",
    replace: 'drawCode(',
    tests: ['services/payment/src/documents/order-pdf.test.ts'],
  },
];
