import { defineEntity, p } from '@mikro-orm/core';
import type { PlanCategory } from '../domain/event.ts';
import type { PackedPlan } from './seating-plans.ts';

// What is not contended goes through the ORM; seats and seat_reservations are written by the *.sql.ts files only.

/** A stored plan; never changed once it is there. */
export const SeatingPlanRow = defineEntity({
  name: 'SeatingPlanRow',
  tableName: 'seating_plans',
  properties: {
    id: p.uuid().primary(),
    organisationId: p.uuid(),
    name: p.text(),
    seats: p.integer(),
    categories: p.json<PlanCategory[]>(),
    sections: p.json<PlanCategory[]>(),
    plan: p.json<PackedPlan>(),
  },
});

/** An event; its price classes hang on it. */
export const EventRow = defineEntity({
  name: 'EventRow',
  tableName: 'events',
  properties: {
    id: p.uuid().primary(),
    organisationId: p.uuid(),
    seatingPlanId: p.uuid(),
    name: p.text(),
    venue: p.text(),
    startsAt: p.datetime(),
    timeZone: p.text(),
    currency: p.text(),
    status: p.enum(['DRAFT', 'PUBLISHED', 'CANCELLED'] as const),
    revision: p.integer(),
    onSaleFrom: p.datetime(),
    onSaleUntil: p.datetime(),
    maxSeatsPerCustomer: p.integer(),
    seats: p.integer(),
    publishedAt: p.datetime().nullable(),
    cancelledAt: p.datetime().nullable(),
    categories: () => p.oneToMany(EventCategoryRow).mappedBy('event').orderBy({ position: 'asc' }),
  },
});

/** A price class of one event. */
export const EventCategoryRow = defineEntity({
  name: 'EventCategoryRow',
  tableName: 'event_categories',
  properties: {
    id: p.uuid().primary(),
    event: () => p.manyToOne(EventRow),
    position: p.integer(),
    name: p.text(),
    priceMinor: p.integer(),
  },
});

/** Every table read through the ORM. */
export const entities = [SeatingPlanRow, EventRow, EventCategoryRow];
