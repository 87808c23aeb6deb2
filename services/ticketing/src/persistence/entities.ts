import { defineEntity, p } from '@mikro-orm/core';

/** A ticket as it is read; written only by the statements beside this file. The image is loaded only where it is asked for. */
export const TicketRow = defineEntity({
  name: 'TicketRow',
  tableName: 'tickets',
  properties: {
    id: p.uuid().primary(),
    position: p.bigint('number'),
    paymentId: p.uuid(),
    seatId: p.uuid(),
    eventId: p.uuid(),
    userId: p.uuid(),
    label: p.text(),
    category: p.text(),
    status: p.enum(['ACTIVE', 'USED', 'CANCELLED'] as const),
    qr: p.text(),
    qrPng: p.blob().lazy(),
    createdAt: p.datetime(),
    usedAt: p.datetime().nullable(),
    gate: p.text().nullable(),
  },
});

/** What booking last said about an event. */
export const EventFactsRow = defineEntity({
  name: 'EventFactsRow',
  tableName: 'event_facts',
  properties: {
    eventId: p.uuid().primary(),
    organisationId: p.uuid(),
    name: p.text(),
    venue: p.text(),
    startsAt: p.datetime(),
    timeZone: p.text(),
    status: p.text(),
    revision: p.integer(),
  },
});

/** Every table read through the ORM. */
export const entities = [TicketRow, EventFactsRow];
