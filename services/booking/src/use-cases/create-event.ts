import { type BookingService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import { idempotent } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { placesOf } from '../domain/admission.ts';
import { actOn, type EventState, eventOf, organisationsOf, pricesOf, requireRole } from '../domain/event.ts';
import { insertAreas } from '../persistence/admission-areas.sql.ts';
import { insertEvent } from '../persistence/events.ts';
import { insertSeats } from '../persistence/insert-seats.sql.ts';
import { findPlan } from '../persistence/seating-plans.ts';

/** A draft with one seat row per seat of the plan, and after them one per place of its admission areas. Refuses ORGANISATION_NOT_FOUND, ROLE_REQUIRED (manager), SEATING_PLAN_NOT_FOUND, EVENT_INVALID, IDEMPOTENCY_KEY_REUSED. */
export const createEvent =
  ({ db, holdTtlMs }: Deps): BookingService['createEvent'] =>
  async (input, { actor, idempotencyKey, traceparent }) => {
    if (!organisationsOf(actor).includes(input.organisationId)) throw new Refusal('ORGANISATION_NOT_FOUND', {});
    requireRole(actor.memberships, input.organisationId, 'manager');
    return db.transaction((tx) =>
      idempotent(tx, { userId: actor.userId, procedure: 'createEvent', key: idempotencyKey, input }, async () => {
        const plan = await findPlan(tx, input.seatingPlanId, input.organisationId);
        if (!plan) throw new Refusal('SEATING_PLAN_NOT_FOUND', {});
        const prices = pricesOf(input, plan.categories);
        const seats = [...plan.seats, ...plan.areas.flatMap(placesOf)];
        const event = draftOf(input, prices, seats.length);
        const categoryIds = await insertEvent(tx, event, plan.id);
        await insertSeats(tx, { eventId: event.id, seats, categoryIds });
        await insertAreas(tx, { eventId: event.id, areas: plan.areas, firstOrd: plan.seats.length, categoryIds });
        await staffActed(tx, { ...actOn(event, actor.userId), action: 'booking.createEvent' }, { traceparent });
        return eventOf(event, holdTtlMs);
      }),
    );
  };

function draftOf(input: Parameters<BookingService['createEvent']>[0], prices: EventState['prices'], seats: number): EventState {
  const { organisationId, name, venue, timeZone, currency, maxSeatsPerCustomer } = input;
  const times = { startsAt: new Date(input.startsAt), onSaleFrom: new Date(input.onSaleFrom), onSaleUntil: new Date(input.onSaleUntil) };
  return { id: newId(), status: 'DRAFT', revision: 0, organisationId, name, venue, timeZone, currency, maxSeatsPerCustomer, seats, prices, ...times };
}
