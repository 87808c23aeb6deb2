import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { organisationsOf, requireRole } from '../domain/event.ts';
import { refuseSeats } from '../domain/hold.ts';
import { blockSeats as takeOffSale } from '../persistence/block-seats.sql.ts';
import { findOwnEvent } from '../persistence/events.ts';
import { seatStates } from '../persistence/why-refused.sql.ts';

/** Takes seats off sale, all or none. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office), SEAT_UNKNOWN, SEAT_OF_ANOTHER_EVENT, SEAT_SOLD, SEAT_ALREADY_HELD. */
export const blockSeats =
  ({ db }: Deps): BookingService['blockSeats'] =>
  async ({ eventId, seatIds }, { actor }) => {
    const event = await findOwnEvent(db, eventId, organisationsOf(actor));
    if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
    requireRole(actor.memberships, event.organisationId, 'box-office');
    const ids = [...new Set(seatIds.map((id) => id.toLowerCase()))];
    const { free, changed } = await takeOffSale(db, event.id, ids);
    if (free.length === ids.length) return { eventId: event.id, changed };
    const others = (await seatStates(db, ids)).filter((seat) => seat.status !== 'BLOCKED'); // blocked is what was wanted
    refuseSeats(others, event.id, free);
  };
