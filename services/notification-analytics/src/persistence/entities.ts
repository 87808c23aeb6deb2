import { defineEntity, p } from '@mikro-orm/core';

/** A mail that was or will be written; see migrations for its guards. Its lease columns belong to due-notifications.sql.ts alone. */
export const NotificationRow = defineEntity({
  name: 'NotificationRow',
  tableName: 'notifications',
  properties: {
    id: p.uuid().primary(),
    kind: p.enum(['tickets', 'payment-awaited', 'payment-failed', 'payment-refunded', 'cancellation-settled'] as const),
    userId: p.uuid(),
    causeId: p.uuid(),
    channel: p.enum(['mail'] as const),
    status: p.enum(['PENDING', 'SENT', 'FAILED'] as const),
    createdAt: p.datetime(),
    sentAt: p.datetime().nullable(),
  },
});

/** What booking last said about an event. */
export const EventFactsRow = defineEntity({
  name: 'EventFactsRow',
  tableName: 'event_facts',
  properties: {
    eventId: p.uuid().primary(),
    organisationId: p.uuid(),
    revision: p.integer(),
    name: p.text(),
    venue: p.text(),
    startsAt: p.datetime(),
    timeZone: p.text(),
    currency: p.text(),
    status: p.text(),
  },
});

/** Every table read through the ORM. */
export const entities = [NotificationRow, EventFactsRow];
