import type { Mutant } from '../mutant.ts';

const awaiting = 'services/payment/src/persistence/await-money.sql.ts';
const byHandTests = ['services/payment/src/use-cases/by-hand.int.test.ts'];
const raceTests = ['services/payment/src/use-cases/mark-paid.int.test.ts'];
const settingTests = ['services/payment/src/use-cases/event-payments.int.test.ts'];

/** Money from hand to hand: seats wait for it, so the money, the deadline and the customer must not win twice, and nobody empties a hall with promises. */
export const byHand: readonly Mutant[] = [
  {
    name: 'money-for-returned-seats',
    guard: 'money is taken only while the payment waits for it (WHERE)',
    file: awaiting,
    find: `WHERE id = $1 AND status = 'PENDING' AND step = 'AWAITING_MONEY' RETURNING *`,
    replace: `WHERE id = $1 AND status IN ('PENDING', 'FAILED') RETURNING *`,
    tests: raceTests,
  },
  {
    name: 'seats-returned-though-paid',
    guard: 'a deadline ends only what still waits (WHERE)',
    file: awaiting,
    find: `status = 'PENDING' AND step = 'AWAITING_MONEY' AND next_check_at`,
    replace: `status IN ('PENDING', 'CONFIRMED') AND method <> 'online' AND next_check_at`,
    tests: raceTests,
  },
  {
    name: 'returned-before-the-deadline',
    guard: 'a deadline that has not come ends nothing',
    file: awaiting,
    find: ' AND pay_until <= statement_timestamp()',
    replace: '',
    tests: raceTests,
  },
  {
    name: 'a-hall-without-money',
    guard: 'a customer has few unpaid payments of an event',
    file: 'services/payment/src/start-by-hand.ts',
    find: 'if (driven && unpaid >= limit)',
    replace: 'if (driven && unpaid >= limit * 100)',
    tests: byHandTests,
  },
  {
    name: 'a-hall-without-money-at-once',
    guard: 'unpaid payments are counted one after the other (lock)',
    file: awaiting,
    find: `await query(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1::text || $2::text, 11))', [eventId, userId]);`,
    replace: '',
    tests: byHandTests,
  },
  {
    name: 'asked-again-while-it-waits',
    guard: 'nobody is asked about a payment that waits for its money',
    file: 'services/payment/src/persistence/lease-payments.sql.ts',
    find: `t.step NOT IN ('CREATED', 'AWAITING_MONEY')`,
    replace: `t.step <> 'CREATED'`,
    tests: byHandTests,
  },
  {
    name: 'card-for-money-by-hand',
    guard: 'a payment by hand takes no card',
    file: 'services/payment/src/use-cases/confirm-payment.ts',
    find: 'if (isByHand(payment.method)) throw',
    replace: 'if (false) throw',
    tests: byHandTests,
  },
  {
    name: 'marked-paid-by-anybody',
    guard: 'staff of another organisation finds no payment (WHERE)',
    file: 'services/payment/src/persistence/staff-payments.sql.ts',
    find: ' AND t.organisation_id = ANY ($2::uuid[])',
    replace: ' AND $2::uuid[] IS NOT NULL',
    tests: raceTests,
  },
  {
    name: 'marked-paid-at-the-door',
    guard: 'only box office says that money is there (role)',
    file: 'services/payment/src/use-cases/mark-paid.ts',
    find: `requireRole(actor, found.organisationId, 'box-office');`,
    replace: '',
    tests: raceTests,
  },
  {
    name: 'older-facts-win',
    guard: 'the newest revision of an event wins',
    file: 'services/payment/src/persistence/event-facts.sql.ts',
    find: 'WHERE f.revision < excluded.revision',
    replace: 'WHERE true',
    tests: settingTests,
  },
  {
    name: 'settings-of-strangers',
    guard: 'only an organisation’s own events are its (WHERE)',
    file: 'services/payment/src/persistence/event-facts.sql.ts',
    find: ' AND f.organisation_id = ANY ($2::uuid[])',
    replace: ' AND $2::uuid[] IS NOT NULL',
    tests: settingTests,
  },
];
