import type { Mutant } from '../mutant.ts';

const persistence = 'services/payment/src/persistence';
const leases = `${persistence}/lease-payments.sql.ts`;
const confirmTests = ['services/payment/src/use-cases/confirm-payment.int.test.ts'];
const createTests = ['services/payment/src/use-cases/create-payment.int.test.ts'];
const cancelTests = ['services/payment/src/use-cases/cancel-payment.int.test.ts'];
const settlementTests = ['services/payment/src/settlement.int.test.ts'];
const worldTests = ['services/payment/src/provider/test-provider-world.int.test.ts'];
const idempotencyTests = ['packages/postgres/src/idempotency.int.test.ts'];

/** Money: one payment at a time, one driver at a time, every question written before it is asked. */
export const payments: readonly Mutant[] = [
  {
    name: 'two-payments-pending',
    guard: 'one PENDING payment per reservation (unique index)',
    file: 'services/payment/migrations/0001-payments.ts',
    find: 'create unique index transactions_one_pending',
    replace: 'create index transactions_one_pending',
    tests: createTests,
  },
  {
    name: 'payment-of-any-user',
    guard: 'a payment is its owner’s alone (WHERE)',
    file: `${persistence}/find-payments.ts`,
    find: '{ id: paymentId, userId }',
    replace: '{ id: paymentId }',
    tests: confirmTests,
  },
  {
    name: 'payment-starts-again',
    guard: 'a payment starts once',
    file: leases,
    find: ` AND status = 'PENDING' AND step = 'CREATED' AND method = 'online' AND`,
    replace: ' AND',
    tests: confirmTests,
  },
  {
    name: 'drivers-side-by-side',
    guard: 'one driver per payment (lease)',
    file: leases,
    find: ' AND (t.driver_until IS NULL OR t.driver_until <= statement_timestamp())',
    replace: '',
    tests: confirmTests,
  },
  {
    name: 'answers-of-a-former-driver',
    guard: 'only the driver’s answers are written (fence)',
    file: `${persistence}/move-payment.sql.ts`,
    find: ' AND t.driver = w.driver AND t.step = w.step',
    replace: '',
    tests: settlementTests,
  },
  {
    name: 'asked-before-it-is-written',
    guard: 'a question is written before it is asked',
    file: 'services/payment/src/drive.ts',
    find: 'driven = await write(driven, {',
    replace: `if (decision !== 'wait' && isOpen(decision.next.step)) await ask({ ...payment, ...decision.next, step: decision.next.step }, card);
    driven = await write(driven, {`,
    tests: confirmTests,
  },
  {
    name: 'money-before-seats',
    guard: 'money is captured after the seats are ours',
    file: 'services/payment/src/domain/payment.ts',
    find: `return goTo(from, 'CONFIRMING_SEATS', { captured: said.captured === true });`,
    replace: `return goTo(from, 'CAPTURING', { captured: said.captured === true });`,
    tests: ['services/payment/src/domain/payment.test.ts'],
  },
  {
    name: 'cancel-under-way',
    guard: 'a payment is cancelled only while nobody was asked',
    file: `${persistence}/cancel-payments.sql.ts`,
    find: `AND user_id = $2 AND status = 'PENDING' AND step = 'CREATED'`,
    replace: `AND user_id = $2 AND status = 'PENDING'`,
    tests: cancelTests,
  },
  {
    name: 'payment-without-key',
    guard: 'the payment id is derived from the idempotency key',
    file: 'services/payment/src/use-cases/create-payment.ts',
    find: 'caller.idempotencyKey === undefined ? newId()',
    replace: 'true ? newId()',
    tests: createTests,
  },
  {
    name: 'silence-is-believed-at-once',
    guard: '“never seen” is believed only after a while, and closes the key',
    file: 'services/payment/src/domain/payment.ts',
    find: 'now.getTime() - stepSince.getTime() >= absentAfterMs',
    replace: 'true',
    tests: ['services/payment/src/domain/payment.test.ts'],
  },
  {
    name: 'key-for-any-input',
    guard: 'an idempotency key belongs to its input (hash)',
    file: 'packages/postgres/src/idempotency.ts',
    find: 'if (row.input_hash !== inputHash)',
    replace: 'if (false)',
    tests: idempotencyTests,
  },
  {
    name: 'key-forgotten',
    guard: 'an idempotency key runs once',
    file: 'packages/postgres/src/idempotency.ts',
    find: 'if (!(await claimKey(tx, call, inputHash)))',
    replace: 'if (!(await claimKey(tx, call, inputHash)) && false)',
    tests: idempotencyTests,
  },
  {
    name: 'provider-controlled-by-anybody',
    guard: 'the control API wants its token',
    file: 'services/payment/src/provider/test-provider-control-api.ts',
    find: 'if (!isToken(call.req.headers[tokenHeader], token))',
    replace: 'if (false)',
    tests: worldTests,
  },
  {
    name: 'challenge-answered-again',
    guard: 'a challenge stays as it was answered (WHERE)',
    file: 'services/payment/src/provider/test-provider-challenges.ts',
    find: ` AND challenged AND status = 'pending' RETURNING *`,
    replace: ' AND challenged RETURNING *',
    tests: worldTests,
  },
];
