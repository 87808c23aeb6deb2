import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { organisationsOf } from '../domain/event.ts';
import { eventAreas } from '../persistence/admission-areas.sql.ts';
import { eventSeats as seatsOf } from '../persistence/seat-map.sql.ts';

/** The static plan of an event the caller may see. Refuses EVENT_NOT_FOUND. */
export const eventSeats =
  ({ db }: Deps): BookingService['eventSeats'] =>
  async ({ eventId }, { actor }) => {
    const viewer = { organisationIds: organisationsOf(actor) };
    const [seats, areas] = await Promise.all([seatsOf(db, eventId, viewer), eventAreas(db, eventId, viewer)]);
    if (seats.length + areas.length === 0) throw new Refusal('EVENT_NOT_FOUND', {}); // an event has seats, or areas
    return { eventId, seats, areas };
  };
