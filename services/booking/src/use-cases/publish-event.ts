import { type BookingService, EventChanged, Refusal } from '@boxoffice/contracts';
import { outbox, staffActed } from '@boxoffice/messaging';
import type { Deps } from '../deps.ts';
import { actOn, decidePublish, eventOf, factsOf, organisationsOf, requireRole } from '../domain/event.ts';
import { lockOwnEvent, saveEventStatus } from '../persistence/events.ts';

/** Opens a draft to the public and tells the others. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (manager), EVENT_NOT_DRAFT. */
export const publishEvent =
  ({ db, holdTtlMs }: Deps): BookingService['publishEvent'] =>
  ({ eventId }, { actor, traceparent }) =>
    db.transaction(async (tx) => {
      const event = await lockOwnEvent(tx, eventId, organisationsOf(actor));
      if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
      requireRole(actor.memberships, event.organisationId, 'manager');
      const published = decidePublish(event);
      await saveEventStatus(tx, published, new Date());
      await outbox(tx, EventChanged, factsOf(published), { traceparent });
      await staffActed(tx, { ...actOn(event, actor.userId), action: 'booking.publishEvent' }, { traceparent });
      return eventOf(published, holdTtlMs);
    });
