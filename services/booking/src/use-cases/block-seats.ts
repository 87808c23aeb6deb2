import { type BookingService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { Deps } from '../deps.ts';
import { actOn, organisationsOf, requireRole } from '../domain/event.ts';
import { refuseSeats } from '../domain/hold.ts';
import { blockSeats as takeOffSale } from '../persistence/block-seats.sql.ts';
import { findOwnEvent } from '../persistence/events.ts';
import { seatStates } from '../persistence/why-refused.sql.ts';

/** Takes seats off sale, all or none. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office), SEAT_UNKNOWN, SEAT_OF_ANOTHER_EVENT, SEAT_SOLD, SEAT_ALREADY_HELD. */
export const blockSeats =
  ({ db }: Deps): BookingService['blockSeats'] =>
  async ({ eventId, seatIds }, { actor, traceparent }) => {
    const event = await findOwnEvent(db, eventId, organisationsOf(actor));
    if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
    requireRole(actor.memberships, event.organisationId, 'box-office');
    const ids = [...new Set(seatIds.map((id) => id.toLowerCase()))];
    const { free, changed } = await db.transaction(async (tx) => {
      const attempt = await takeOffSale(tx, event.id, ids);
      if (attempt.changed > 0) {
        await staffActed(tx, { ...actOn(event, actor.userId), action: 'booking.blockSeats', detail: `${attempt.changed} seats` }, { traceparent });
      }
      return attempt;
    });
    if (free.length === ids.length) return { eventId: event.id, changed };
    const others = (await seatStates(db, ids)).filter((seat) => seat.status !== 'BLOCKED'); // blocked is what was wanted
    refuseSeats(others, event.id, free);
  };
