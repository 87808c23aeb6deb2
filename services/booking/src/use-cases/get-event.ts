import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { eventOf, organisationsOf } from '../domain/event.ts';
import { findVisibleEvent } from '../persistence/events.ts';

/** One event: published or cancelled for anyone, a draft for its organisation's members. Refuses EVENT_NOT_FOUND. */
export const getEvent =
  ({ db, holdTtlMs }: Deps): BookingService['getEvent'] =>
  async ({ eventId }, { actor }) => {
    const event = await findVisibleEvent(db, eventId, organisationsOf(actor));
    if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
    return eventOf(event, holdTtlMs);
  };
