import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { organisationsOf, requireRole } from '../domain/event.ts';
import { refuseForeignSeats } from '../domain/hold.ts';
import { unblockSeats as putOnSale } from '../persistence/block-seats.sql.ts';
import { findOwnEvent } from '../persistence/events.ts';
import { seatStates } from '../persistence/why-refused.sql.ts';

/** Puts blocked seats back on sale; others stay as they are. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office), SEAT_UNKNOWN, SEAT_OF_ANOTHER_EVENT. */
export const unblockSeats =
  ({ db }: Deps): BookingService['unblockSeats'] =>
  async ({ eventId, seatIds }, { actor }) => {
    const event = await findOwnEvent(db, eventId, organisationsOf(actor));
    if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
    requireRole(actor.memberships, event.organisationId, 'box-office');
    const ids = [...new Set(seatIds.map((id) => id.toLowerCase()))];
    refuseForeignSeats(await seatStates(db, ids), event.id); // a seat never changes its event
    return { eventId: event.id, changed: await putOnSale(db, event.id, ids) };
  };
