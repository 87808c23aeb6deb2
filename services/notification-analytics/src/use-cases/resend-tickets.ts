import { type AnalyticsService, organisationsWhere, Refusal, type TicketingService } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import { asService, newId } from '@boxoffice/service-kit';
import { keepNotifications } from '../persistence/notifications.sql.ts';
import { findOrder, resentWithinTheHour } from '../persistence/orders.sql.ts';

type Deps = { db: Database; ticketing: Pick<TicketingService, 'ticketsOf'> };

/** Mails an hour and payment that people may ask for. */
const mostAnHour = 3;

/**
 * Has the mail with tickets written again, to the customer who paid, whoever asks. Refuses PAYMENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office) to other
 * members, TICKETS_NOT_READY while there is no valid ticket, RATE_LIMITED beyond three an hour.
 */
export const resendTickets =
  ({ db, ticketing }: Deps): AnalyticsService['resendTickets'] =>
  async ({ paymentId }, { actor, traceparent }) => {
    const organisationIds = actor.memberships.map(({ organisationId }) => organisationId);
    const order = await findOrder(db, { paymentId, userId: actor.userId, organisationIds });
    if (!order) throw new Refusal('PAYMENT_NOT_FOUND', {});
    const isStaff = order.userId !== actor.userId;
    if (isStaff && !organisationsWhere(actor, 'box-office').includes(order.organisationId))
      throw new Refusal('ROLE_REQUIRED', { role: 'box-office' });
    const { tickets } = await ticketing.ticketsOf({ paymentId: order.paymentId }, asService('notification-analytics'));
    if (tickets.every(({ status }) => status === 'CANCELLED')) throw new Refusal('TICKETS_NOT_READY', {});
    return db.transaction(async (tx) => {
      const { resent, waitSeconds } = await resentWithinTheHour(tx, order.paymentId, mostAnHour);
      if (resent >= mostAnHour) throw new Refusal('RATE_LIMITED', { retryAfterSeconds: waitSeconds });
      const { organisationId, ...names } = order;
      const [notificationId = ''] = await keepNotifications(tx, [{ ...names, kind: 'tickets', causeId: newId(), facts: {} }]);
      const acted = { organisationId, eventId: order.eventId, userId: actor.userId, subject: order.paymentId, reason: null };
      if (isStaff) await staffActed(tx, { ...acted, action: 'analytics.resendTickets' }, { traceparent });
      return { notificationId };
    });
  };
