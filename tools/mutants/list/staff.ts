import type { Mutant } from '../mutant.ts';

const analytics = 'services/notification-analytics/src';
const resendTests = [`${analytics}/use-cases/resend-tickets.int.test.ts`];

/** What staff did, who may read it, and mails that are asked for. */
export const staff: readonly Mutant[] = [
  {
    name: 'audit-log-of-everybody',
    guard: 'an audit log is one organisation’s, whatever the filters name',
    file: `${analytics}/persistence/audit-log.sql.ts`,
    find: 'where organisation_id = $1 and (',
    replace: 'where $1::uuid is not null and (',
    tests: [`${analytics}/use-cases/audit-log.int.test.ts`],
  },
  {
    name: 'audit-log-for-the-door',
    guard: 'the audit log is for managers',
    file: `${analytics}/use-cases/audit-log.ts`,
    find: `if (!organisationsWhere(actor, 'manager').includes(organisationId))`,
    replace: 'if (false)',
    tests: [`${analytics}/use-cases/audit-log.int.test.ts`],
  },
  {
    name: 'audit-log-that-is-edited',
    guard: 'the audit log only grows',
    file: 'services/notification-analytics/migrations/0003-audit-log.ts',
    find: 'before update or delete or truncate',
    replace: 'before truncate',
    tests: [`${analytics}/use-cases/audit-log.int.test.ts`],
  },
  {
    name: 'tickets-resent-for-strangers',
    guard: 'tickets are sent again for their customer and for staff',
    file: `${analytics}/persistence/orders.sql.ts`,
    find: 'and (user_id = $2 or organisation_id = any ($3::uuid[]))',
    replace: 'and ($2::uuid is not null or $3::uuid[] is not null)',
    tests: resendTests,
  },
  {
    name: 'tickets-resent-uncounted',
    guard: 'requests for the same mail at once are counted one after the other',
    file: `${analytics}/persistence/orders.sql.ts`,
    find: `await query(tx, 'select from orders where payment_id = $1 for update', [paymentId]);`,
    replace: '',
    tests: resendTests,
  },
  {
    name: 'cancelled-event-told-per-refund',
    guard: 'a cancelled event brings each customer one mail',
    file: `${analytics}/domain/notification.ts`,
    find: 'if (cancellationId !== null) return undefined;',
    replace: '',
    tests: [`${analytics}/use-cases/money-mails.int.test.ts`],
  },
  {
    name: 'staff-action-unsaid',
    guard: 'a staff action is said in its transaction',
    file: 'services/booking/src/use-cases/cancel-event.ts',
    find: `await staffActed(tx, { ...actOn(event, actor.userId), action: 'booking.cancelEvent' }, { traceparent });`,
    replace: '',
    tests: ['services/booking/src/use-cases/staff-actions.int.test.ts'],
  },
];
