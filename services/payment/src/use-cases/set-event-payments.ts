import { type PaymentService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { Deps } from '../deps.ts';
import { decideSettings, shownSettings } from '../domain/event-payments.ts';
import { eventOfStaff } from '../event-of-staff.ts';
import { eventPaymentsOf, keepEventPayments } from '../persistence/event-payments.sql.ts';
import { openAccount } from '../persistence/payment-accounts.sql.ts';

/**
 * Says how an event is paid from now on; payments that exist keep what they have. Refuses EVENT_NOT_FOUND to strangers and of an event that is not published,
 * ROLE_REQUIRED (manager), EVENT_CANCELLED, PAYMENT_SETTINGS_INVALID.
 */
export const setEventPayments =
  ({ db, events }: Deps): PaymentService['setEventPayments'] =>
  async ({ eventId, ...input }, { actor, traceparent }) => {
    const kept = await db.transaction(async (tx) => {
      const facts = await eventOfStaff(tx, eventId, { actor, role: 'manager' });
      const settings = decideSettings({ eventId, ...input }, facts, new Date());
      if (settings.accountId !== null && !(await openAccount(tx, { organisationId: facts.organisationId, accountId: settings.accountId })))
        throw new Refusal('PAYMENT_SETTINGS_INVALID', {
          faults: [{ path: 'accountId', message: 'the organisation has no such account, or has closed it' }],
        });
      await keepEventPayments(tx, facts.eventId, { settings, userId: actor.userId });
      const acted = { organisationId: facts.organisationId, eventId: facts.eventId, userId: actor.userId, subject: facts.eventId, reason: null };
      await staffActed(tx, { ...acted, action: 'payment.setEventPayments', detail: settings.methods.join(', ') }, { traceparent });
      return shownSettings(facts, await eventPaymentsOf(tx, facts.eventId));
    });
    events.forget(kept.eventId);
    return kept;
  };
