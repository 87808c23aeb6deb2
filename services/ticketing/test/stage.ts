import type { MessageType, PaymentConfirmed } from '@boxoffice/contracts';
import { inProcessHub, type Transport } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import { createLogger, createMetrics, newId, runParts } from '@boxoffice/service-kit';
import { testDatabase } from '@boxoffice/testing';
import type { z } from 'zod';
import { compose, entities, generateSecrets, migrations } from '../src/compose.ts';

export const silent = createLogger({ service: 'ticketing', level: 'silent' });
export const secrets = generateSecrets();

/** Ticketing on a database of its own; what happens elsewhere is told by `say`, what it tells is in `said`. */
export interface Stage {
  db: Database;
  part: Awaited<ReturnType<typeof compose>>;
  api: Stage['part']['api']['ticketing'];
  /** Delivers a message and waits until it is handled or parked; the same `id` again is the same message. */
  say<P extends z.ZodType>(type: MessageType<P>, payload: z.input<P>, id?: string): Promise<void>;
  /** Every message of this type it committed to say, oldest first. */
  said<P extends z.ZodType>(type: MessageType<P>): Promise<z.output<P>[]>;
  /** Errors of the messages set aside. */
  parked(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startStage(options: { maxStreams?: number } = {}): Promise<Stage> {
  const db = await testDatabase({ name: 'ticketing', entities, migrations });
  const hub = inProcessHub();
  const metrics = createMetrics('ticketing');
  const edges = { logger: silent, metrics, transport: hub.transport() };
  const config = { DATABASE_URL: db.url, ...secrets, ...(options.maxStreams !== undefined && { MAX_STREAMS: options.maxStreams }) };
  const part = await compose(config, edges);
  const running = runParts([part], edges);
  await running.started;
  const mouth = hub.transport();
  return {
    db,
    part,
    api: part.api.ticketing,
    say: (type, payload, id) => mouth.publish([envelopeOf(type, payload, id)]),
    said: (type) => saidIn(db, type),
    parked: async () => (await db.query<{ error: string }>('SELECT error FROM parked_messages ORDER BY position')).map((row) => row.error),
    stop: () => running.stop(),
  };
}

/** A message as it travels. */
export function envelopeOf<P extends z.ZodType>(
  type: MessageType<P>,
  payload: z.input<P>,
  id = newId(),
): Parameters<Transport['publish']>[0][number] {
  const key = type.keyOf(type.payload.parse(payload));
  const envelope = { id, type: type.topic, version: type.version, key, occurredAt: new Date().toISOString(), traceparent: null, payload };
  return { topic: type.topic, key, value: JSON.stringify(envelope) };
}

/** What a database's outbox says of one type. */
export async function saidIn<P extends z.ZodType>(db: Database, type: MessageType<P>): Promise<z.output<P>[]> {
  const rows = await db.query<{ envelope: string }>('SELECT envelope FROM outbox WHERE topic = $1 ORDER BY position', [type.topic]);
  return rows.map((row) => type.payload.parse(JSON.parse(row.envelope).payload));
}

export type Sale = z.input<typeof PaymentConfirmed.payload>;

/** A confirmed payment of some seats of an event, all new unless given. */
export function aSale({ seats = 2, ...given }: Partial<Omit<Sale, 'seats'>> & { seats?: number | Sale['seats'] } = {}): Sale {
  const paid = typeof seats === 'number' ? Array.from({ length: seats }, (_, index) => aSeat(index)) : seats;
  return {
    organisationId: newId(),
    eventId: newId(),
    paymentId: newId(),
    reservationId: newId(),
    userId: newId(),
    amountMinor: paid.length * 2500,
    currency: 'EUR',
    ...given,
    seats: paid,
  };
}
const aSeat = (index: number) => ({ seatId: newId(), label: `Patio de butacas · fila 3 · butaca ${index + 1}`, category: 'Patio', priceMinor: 2500 });

/** The money of these seats of a sale goes back; all of them unless told. */
export const refundOf = ({ organisationId, eventId, paymentId, userId, currency, seats }: Sale, seatIds = seats.map((seat) => seat.seatId)) => ({
  ...{ organisationId, eventId, paymentId, userId, currency, seatIds },
  refundId: newId(),
  amountMinor: 2500 * seatIds.length,
});

/** What booking says of the event of a sale. */
export const eventOf = (
  { organisationId, eventId }: Pick<Sale, 'organisationId' | 'eventId'>,
  changes: Partial<{ revision: number; name: string; status: 'PUBLISHED' | 'CANCELLED' }> = {},
) => ({
  ...{ organisationId, eventId, revision: 1, name: 'Noche de jazz', venue: 'Paraninfo', startsAt: '2026-12-12T20:30:00.000Z' },
  ...{ timeZone: 'Atlantic/Canary', currency: 'EUR', status: 'PUBLISHED' as const },
  ...changes,
});

/** Gives the owner of a ticket this many more of the same kind, without drawing images; seats and payments are new. */
export const multiplyTicket = (db: Database, ticketId: string, count: number): Promise<unknown> =>
  db.query(
    `INSERT INTO tickets (id, payment_id, reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png)
     SELECT gen_random_uuid(), gen_random_uuid(), reservation_id, gen_random_uuid(), event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png
     FROM tickets, generate_series(1, $2) WHERE id = $1`,
    [ticketId, count],
  );
