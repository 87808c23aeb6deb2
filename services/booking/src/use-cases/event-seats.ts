import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { organisationsOf } from '../domain/event.ts';
import { eventSeats as seatsOf } from '../persistence/seat-map.sql.ts';

/** The static plan of an event the caller may see. Refuses EVENT_NOT_FOUND. */
export const eventSeats =
  ({ db }: Deps): BookingService['eventSeats'] =>
  async ({ eventId }, { actor }) => {
    const seats = await seatsOf(db, eventId, { organisationIds: organisationsOf(actor) });
    if (seats.length === 0) throw new Refusal('EVENT_NOT_FOUND', {}); // an event has seats
    return { eventId, seats };
  };
