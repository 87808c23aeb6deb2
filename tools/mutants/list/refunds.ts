import type { Mutant } from '../mutant.ts';

const persistence = 'services/payment/src/persistence';
const orderTests = ['services/payment/src/use-cases/refund-order.int.test.ts'];
const settlementTests = ['services/payment/src/refund-settlement.int.test.ts'];
const domainTests = ['services/payment/src/domain/refund.test.ts'];
const cancelTests = ['services/ticketing/src/use-cases/cancel-tickets.int.test.ts'];

/** Money that goes back: once, never more than was taken, and never while somebody may still enter on it. */
export const refunds: readonly Mutant[] = [
  {
    name: 'refunds-side-by-side',
    guard: 'refunds of a payment are added up one after the other (row lock)',
    file: `${persistence}/refunds-of-payment.sql.ts`,
    find: ' FOR NO KEY UPDATE`',
    replace: '`',
    tests: orderTests,
  },
  {
    name: 'seat-refunded-twice',
    guard: 'a seat has one refund (primary key)',
    file: 'services/payment/migrations/0003-refunds.ts',
    find: 'constraint refunded_seats_once primary key (payment_id, seat_id)',
    replace: 'unused int',
    tests: orderTests,
  },
  {
    name: 'more-back-than-taken',
    guard: 'good will never exceeds what is left',
    file: 'services/payment/src/domain/refund-amount.ts',
    find: 'if (wish.amountMinor > leftMinor)',
    replace: 'if (false)',
    tests: domainTests,
  },
  {
    name: 'unpaid-refund',
    guard: 'only completed payments are refunded',
    file: 'services/payment/src/request-refund.ts',
    find: `if (status !== 'CONFIRMED' && status !== 'REFUNDED') throw`,
    replace: 'if (false) throw',
    tests: orderTests,
  },
  {
    name: 'refund-of-any-organisation',
    guard: 'a refund is its organisation’s alone (WHERE)',
    file: `${persistence}/staff-payments.sql.ts`,
    find: ' AND t.organisation_id = ANY ($2::uuid[])',
    replace: ' AND $2::uuid[] IS NOT NULL',
    tests: orderTests,
  },
  {
    name: 'refund-by-anybody',
    guard: 'refunds are for managers',
    file: 'services/payment/src/use-cases/refund-order.ts',
    find: `requireRole(actor, payment.organisationId, 'manager');`,
    replace: `requireRole(actor, payment.organisationId, 'door');`,
    tests: orderTests,
  },
  {
    name: 'refund-key-for-any-input',
    guard: 'the key of a refund belongs to its input (hash)',
    file: 'services/payment/src/request-refund.ts',
    find: 'earlier.requestHash !== requestHash ||',
    replace: '',
    tests: orderTests,
  },
  {
    name: 'refund-drivers-side-by-side',
    guard: 'one driver per refund (lease)',
    file: `${persistence}/lease-refunds.sql.ts`,
    find: ' AND (r.driver_until IS NULL OR r.driver_until <= statement_timestamp())',
    replace: '',
    tests: settlementTests,
  },
  {
    name: 'refund-answers-of-a-former-driver',
    guard: 'only the driver’s answers about a refund are written (fence)',
    file: `${persistence}/move-refund.sql.ts`,
    find: `WHERE r.id = $1 AND r.driver = $2 AND r.step = $3 AND r.status = 'PENDING'`,
    replace: 'WHERE r.id = $1 AND $2::uuid IS NOT NULL AND $3::text IS NOT NULL',
    tests: settlementTests,
  },
  {
    name: 'two-rounds-for-one-no',
    guard: 'a declined refund is asked again once (conditional update)',
    file: `${persistence}/move-refund.sql.ts`,
    find: 'WHERE r.id = $1 AND r.status = $2 AND r.step = $3 AND r.round = $4',
    replace: 'WHERE r.id = $1 AND $2::text IS NOT NULL AND $3::text IS NOT NULL AND $4::int IS NOT NULL',
    tests: settlementTests,
  },
  {
    name: 'money-before-tickets',
    guard: 'the tickets end before the money goes back',
    file: 'services/payment/src/domain/refund.ts',
    find: `(kind === 'seats' ? 'CANCELLING_TICKETS' : moneyStep(offline))`,
    replace: 'kind && moneyStep(offline)',
    tests: domainTests,
  },
  {
    name: 'used-ticket-refunded',
    guard: 'a used ticket refuses its refund',
    file: 'services/ticketing/src/use-cases/cancel-tickets.ts',
    find: 'if (used && !force)',
    replace: 'if (false)',
    tests: cancelTests,
  },
  {
    name: 'door-beside-a-refund',
    guard: 'a door waits for a refund that has begun (row lock)',
    file: 'services/ticketing/src/persistence/cancel.sql.ts',
    find: 'ORDER BY seat_id FOR UPDATE\n     )\n     SELECT used_at',
    replace: 'ORDER BY seat_id\n     )\n     SELECT used_at',
    tests: cancelTests,
  },
  {
    name: 'cancel-tickets-by-any-service',
    guard: 'only payment ends tickets',
    file: 'services/ticketing/src/use-cases/cancel-tickets.ts',
    find: `onlyFrom(caller, 'payment');`,
    replace: '',
    tests: cancelTests,
  },
];
