import { type PaymentService, Refusal } from '@boxoffice/contracts';
import type { CancellationDeps } from '../deps.ts';
import { eventOfStaff } from '../event-of-staff.ts';
import { cancellationOf } from '../persistence/event-cancellations.sql.ts';
import { shownCancellation } from '../shown-cancellation.ts';

/** How far refunding a whole event is, and what waits for people. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (manager), CANCELLATION_NOT_STARTED. */
export const getEventCancellation =
  ({ db }: Pick<CancellationDeps, 'db'>): PaymentService['getEventCancellation'] =>
  async ({ eventId }, { actor }) => {
    const event = await eventOfStaff(db, eventId, { actor, role: 'manager' });
    const cancellation = await cancellationOf(db, event.eventId);
    if (!cancellation) throw new Refusal('CANCELLATION_NOT_STARTED', {});
    return shownCancellation(db, cancellation);
  };
