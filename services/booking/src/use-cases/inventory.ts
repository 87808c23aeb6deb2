import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { organisationsOf, requireRole } from '../domain/event.ts';
import { inventoryOf } from '../domain/inventory.ts';
import { findOwnEvent } from '../persistence/events.ts';
import { countSeats } from '../persistence/seat-map.sql.ts';

/** Available, held, sold and blocked seats right now, for box-office staff. Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office). */
export const inventory =
  ({ db }: Deps): BookingService['inventory'] =>
  async ({ eventId }, { actor }) => {
    const event = await findOwnEvent(db, eventId, organisationsOf(actor));
    if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
    requireRole(actor.memberships, event.organisationId, 'box-office');
    return inventoryOf(event.id, await countSeats(db, event.id));
  };
