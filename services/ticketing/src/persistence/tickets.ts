import type { Ticket } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import type { InferEntity } from '@mikro-orm/core';
import type { z } from 'zod';
import { EventFactsRow, TicketRow } from './entities.ts';

type TicketAnswer = z.input<typeof Ticket>;

/** The customer's tickets, newest first. */
export async function ticketsOfUser(
  db: Database,
  { userId, eventId, paymentId, limit }: { userId: string; eventId?: string | undefined; paymentId?: string | undefined; limit: number },
): Promise<TicketAnswer[]> {
  const where = { userId, ...(eventId !== undefined && { eventId }), ...(paymentId !== undefined && { paymentId }) };
  const rows = await db.em().find(TicketRow, where, { orderBy: { position: 'desc' }, limit });
  return rows.map(answerOf);
}

/** The ticket when it is this customer's; somebody else's is as if it were not there. */
export async function ticketOfUser(db: Database, own: { ticketId: string; userId: string }): Promise<TicketAnswer | undefined> {
  const row = await db.em().findOne(TicketRow, { id: own.ticketId, userId: own.userId });
  return row ? answerOf(row) : undefined;
}

/** The QR image of the ticket when it is this customer's. */
export async function imageOfUser(db: Database, own: { ticketId: string; userId: string }): Promise<Buffer | undefined> {
  const row = await db.em().findOne(TicketRow, { id: own.ticketId, userId: own.userId }, { fields: ['qrPng'] });
  return row?.qrPng && bufferOf(row.qrPng);
}

/** Every ticket of a payment with its image, in the order they were issued. */
export async function ticketsOfPayment(db: Database, paymentId: string): Promise<(TicketAnswer & { qrPng: Buffer })[]> {
  const rows = await db.em().find(TicketRow, { paymentId }, { populate: ['qrPng'], orderBy: { position: 'asc' } });
  return rows.map((row) => ({ ...answerOf(row), qrPng: bufferOf(row.qrPng) }));
}

/** What is known of an event; null while its facts have not arrived. */
export const eventFacts = (db: Database, eventId: string): Promise<InferEntity<typeof EventFactsRow> | null> =>
  db.em().findOne(EventFactsRow, { eventId });

/** pg hands over Buffers; the ORM's type is wider. */
const bufferOf = (bytes: Uint8Array): Buffer => (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes));

const answerOf = (row: Omit<InferEntity<typeof TicketRow>, 'qrPng'>): TicketAnswer => ({
  ticketId: row.id,
  eventId: row.eventId,
  paymentId: row.paymentId,
  seatId: row.seatId,
  label: row.label,
  category: row.category,
  status: row.status,
  qr: row.qr,
  createdAt: row.createdAt,
  usedAt: row.usedAt ?? null,
  gate: row.gate ?? null,
});
