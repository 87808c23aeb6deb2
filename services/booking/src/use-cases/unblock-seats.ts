import { type BookingService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { Deps } from '../deps.ts';
import { actOn, organisationsOf, requireRole } from '../domain/event.ts';
import { refuseForeignSeats } from '../domain/hold.ts';
import { unblockSeats as putOnSale } from '../persistence/block-seats.sql.ts';
import { findOwnEvent } from '../persistence/events.ts';
import { seatStates } from '../persistence/why-refused.sql.ts';

/** Puts blocked seats back on sale; others stay as they are. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office), SEAT_UNKNOWN, SEAT_OF_ANOTHER_EVENT. */
export const unblockSeats =
  ({ db }: Deps): BookingService['unblockSeats'] =>
  async ({ eventId, seatIds }, { actor, traceparent }) => {
    const event = await findOwnEvent(db, eventId, organisationsOf(actor));
    if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
    requireRole(actor.memberships, event.organisationId, 'box-office');
    const ids = [...new Set(seatIds.map((id) => id.toLowerCase()))];
    refuseForeignSeats(await seatStates(db, ids), event.id); // a seat never changes its event
    const changed = await db.transaction(async (tx) => {
      const seats = await putOnSale(tx, event.id, ids);
      if (seats > 0) {
        await staffActed(tx, { ...actOn(event, actor.userId), action: 'booking.unblockSeats', detail: `${seats} seats` }, { traceparent });
      }
      return seats;
    });
    return { eventId: event.id, changed };
  };
