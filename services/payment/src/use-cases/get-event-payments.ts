import type { PaymentService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { shownSettings } from '../domain/event-payments.ts';
import { eventOfStaff } from '../event-of-staff.ts';
import { eventPaymentsOf } from '../persistence/event-payments.sql.ts';

/** How an event is paid. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office). */
export const getEventPayments =
  ({ db }: Deps): PaymentService['getEventPayments'] =>
  async ({ eventId }, { actor }) => {
    const event = await eventOfStaff(db, eventId, { actor, role: 'box-office' });
    return shownSettings(event, await eventPaymentsOf(db, event.eventId));
  };
