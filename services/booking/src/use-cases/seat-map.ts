import { type BookingService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { organisationsOf } from '../domain/event.ts';
import { seatMap as mapOf } from '../persistence/seat-map.sql.ts';

/** Which seats are free at this moment, in the order of the static plan. Refuses EVENT_NOT_FOUND. */
export const seatMap =
  ({ db }: Deps): BookingService['seatMap'] =>
  async ({ eventId }, { actor }) => {
    const found = await mapOf(db, eventId, { organisationIds: organisationsOf(actor) });
    if (!found) throw new Refusal('EVENT_NOT_FOUND', {});
    return { eventId, ...found };
  };
