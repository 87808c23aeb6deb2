import { type BookingService, EventChanged, Refusal } from '@boxoffice/contracts';
import { outbox, staffActed } from '@boxoffice/messaging';
import type { Deps } from '../deps.ts';
import { actOn, decideCancel, eventOf, factsOf, organisationsOf, requireRole } from '../domain/event.ts';
import { lockOwnEvent, saveEventStatus } from '../persistence/events.ts';
import { releaseHoldsOfEvent } from '../persistence/release-seats.sql.ts';

/** Ends an event for good, gives up its live holds and tells the others; sold seats stay sold until their money went back. A second call changes nothing. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (manager). */
export const cancelEvent =
  ({ db, holdTtlMs }: Deps): BookingService['cancelEvent'] =>
  ({ eventId }, { actor, traceparent }) =>
    db.transaction(async (tx) => {
      const event = await lockOwnEvent(tx, eventId, organisationsOf(actor));
      if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
      requireRole(actor.memberships, event.organisationId, 'manager');
      const cancelled = decideCancel(event);
      if (!cancelled) return eventOf(event, holdTtlMs);
      await saveEventStatus(tx, cancelled, new Date());
      await releaseHoldsOfEvent(tx, cancelled.id);
      await outbox(tx, EventChanged, factsOf(cancelled), { traceparent });
      await staffActed(tx, { ...actOn(event, actor.userId), action: 'booking.cancelEvent' }, { traceparent });
      return eventOf(cancelled, holdTtlMs);
    });
