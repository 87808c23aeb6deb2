import type { Mutant } from '../mutant.ts';

const folder = 'services/payment/src';
const tests = [`${folder}/use-cases/event-cancellation.int.test.ts`];
const orders = `${folder}/persistence/cancellation-orders.sql.ts`;
const plans = `${folder}/persistence/cancellation-plans.sql.ts`;
const start = `${folder}/use-cases/start-event-cancellation.ts`;
const job = `${folder}/use-cases/refund-cancelled-events.ts`;

/** Refunding whole events: who may start it, with which code; each order once, each customer told once. */
export const cancellations: readonly Mutant[] = [
  {
    name: 'cancellation-of-an-event-that-takes-place',
    guard: 'only a cancelled event is refunded as a whole',
    file: start,
    find: `if (event.status !== 'CANCELLED')`,
    replace: 'if (false)',
    tests,
  },
  {
    name: 'cancellation-by-somebody-else’s-code',
    guard: 'a code is good for who asked for it',
    file: plans,
    find: 'WHERE event_id = $1 AND user_id = $2 AND code_hash = $3',
    replace: 'WHERE event_id = $1 AND $2::uuid IS NOT NULL AND code_hash = $3',
    tests,
  },
  {
    name: 'cancellation-by-an-old-code',
    guard: 'a code is good for 15 minutes',
    file: plans,
    find: ' AND valid_until > statement_timestamp()',
    replace: '',
    tests,
  },
  {
    name: 'cancellation-of-another-plan',
    guard: 'a code is bound to the figures it was given for',
    file: start,
    find: 'if (!isSamePlan(plan.figures, now))',
    replace: 'if (false)',
    tests,
  },
  {
    name: 'cancellation-asked-apart',
    guard: 'an order’s refund and the mark that it was asked for are one transaction',
    file: job,
    find: 'await markAsked(tx, paymentId, written.id);',
    replace: '',
    tests,
  },
  {
    name: 'cancellation-told-again',
    guard: 'a customer of a cancelled event is told once',
    file: orders,
    find: 'WHERE c.cancellation_id = $1 AND c.told_at IS NULL AND NOT EXISTS (',
    replace: 'WHERE c.cancellation_id = $1 AND NOT EXISTS (',
    tests,
  },
  {
    name: 'cancellation-told-too-early',
    guard: 'a customer is told when nothing of his is waited for',
    file: orders,
    find: `AND o.user_id = c.user_id AND \${orderState} = 'waiting')`,
    replace: `AND o.user_id = c.user_id AND o.asked_at IS NULL)`,
    tests,
  },
  {
    name: 'cancellation-done-too-early',
    guard: 'a cancellation is not done while a payment of its event is undecided',
    file: orders,
    find: `AND NOT EXISTS (SELECT FROM transactions t WHERE t.event_id = $2 AND t.status = 'PENDING' AND t.step <> 'CREATED')`,
    replace: '',
    tests,
  },
];
