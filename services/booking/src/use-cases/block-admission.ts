import { type BookingService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import type { Deps } from '../deps.ts';
import { actOn, organisationsOf, requireRole } from '../domain/event.ts';
import { blockPlaces, lockArea, unblockPlaces } from '../persistence/block-admission.sql.ts';
import { findOwnEvent } from '../persistence/events.ts';

/**
 * Leaves exactly this many places of an area off sale: blocks free ones or puts blocked ones back, all or none; a second call changes nothing.
 * Refuses EVENT_NOT_FOUND to strangers, ROLE_REQUIRED (box-office), ADMISSION_AREA_UNKNOWN, ADMISSION_SOLD_OUT when too few are free to be blocked.
 */
export const blockAdmission =
  ({ db }: Deps): BookingService['blockAdmission'] =>
  async ({ eventId, area: name, blocked }, { actor, traceparent }) => {
    const event = await findOwnEvent(db, eventId, organisationsOf(actor));
    if (!event) throw new Refusal('EVENT_NOT_FOUND', {});
    requireRole(actor.memberships, event.organisationId, 'box-office');
    return db.transaction(async (tx) => {
      const area = await lockArea(tx, event.id, name.normalize('NFC'));
      if (!area) throw new Refusal('ADMISSION_AREA_UNKNOWN', { area: name });
      const more = blocked - area.blocked;
      if (more < 0) await unblockPlaces(tx, { eventId: event.id, area, places: -more });
      if (more > 0) {
        const free = await blockPlaces(tx, { eventId: event.id, area, places: more });
        if (free < more) throw new Refusal('ADMISSION_SOLD_OUT', { area: name, free });
      }
      if (more !== 0) {
        await staffActed(
          tx,
          { ...actOn(event, actor.userId), action: 'booking.blockAdmission', detail: `${name}: ${blocked} off sale` },
          { traceparent },
        );
      }
      return { eventId: event.id, area: name, blocked };
    });
  };
