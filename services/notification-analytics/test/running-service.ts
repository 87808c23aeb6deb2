import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Caller, MessageType, Service, TicketCreated, User } from '@boxoffice/contracts';
import { inProcessHub } from '@boxoffice/messaging';
import type { Database } from '@boxoffice/postgres';
import { createLogger, createMetrics, newId, runParts } from '@boxoffice/service-kit';
import { testDatabase } from '@boxoffice/testing';
import type { z } from 'zod';
import { type ComposeConfig, compose, type Edges, entities, migrations } from '../src/compose.ts';

/** The service with its own database and an in-process transport; identity and ticketing are played by the test. */
export interface RunningService {
  db: Database;
  /** A second process of the same service, on the same database and messages. */
  api: Awaited<ReturnType<typeof compose>>['api'];
  metrics: () => Promise<string>;
  /** Everything it logged. */
  log: string[];
  /** Delivers a message and waits until it was handled; the same `id` again is the same message. */
  say<P extends z.ZodType>(type: MessageType<P>, payload: z.input<P>, options?: { id?: string; at?: string }): Promise<string>;
  /** What it said itself. */
  said: { type: string; payload: unknown }[];
  stop(): Promise<void>;
}

export type Others = Partial<Pick<Edges, 'identity' | 'ticketing'>>;

export async function startService(
  config: Omit<z.input<typeof ComposeConfig>, 'DATABASE_URL' | 'MAIL_FROM'>,
  others: Others = {},
): Promise<RunningService> {
  const db = await testDatabase({ name: 'notification-analytics', entities, migrations });
  const hub = inProcessHub(['notification-analytics', 'test']);
  const log: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger({ service: 'notification-analytics', level: 'debug', destination });
  const metrics = createMetrics('notification-analytics');
  const said: RunningService['said'] = [];
  const ear = hub.transport();
  await ear.subscribe({
    group: 'test',
    topics: ['notification-sent'],
    onMessages: async (messages) => {
      for (const { value } of messages) {
        const { type, payload } = JSON.parse(value) as RunningService['said'][number];
        said.push({ type, payload });
      }
    },
  });
  const part = await compose(
    { DATABASE_URL: db.url, MAIL_FROM: 'Box Office <tickets@example.org>', ...config },
    { logger, metrics, transport: hub.transport(), identity: others.identity ?? identityOf(), ticketing: others.ticketing ?? ticketingOf() },
  );
  const running = runParts([part], { logger, metrics });
  await running.started;
  return {
    db,
    api: part.api,
    metrics: () => metrics.text(),
    log,
    said,
    async say(type, payload, { id = newId(), at = new Date().toISOString() } = {}) {
      const value = {
        id,
        type: type.topic,
        version: type.version,
        key: type.keyOf(type.payload.parse(payload)),
        occurredAt: at,
        traceparent: null,
        payload,
      };
      await ear.publish([{ topic: type.topic, key: value.key, value: JSON.stringify(value) }]);
      return id;
    },
    stop: () => running.stop(),
  };
}

/** The address of every user is their id. */
export const identityOf = (name: string | null = 'Ana'): Edges['identity'] => ({
  contactsOf: async ({ userIds }, { actor }: Caller<Service>) => {
    if (actor.kind !== 'service' || actor.name !== 'notification-analytics') throw new Error('not asked as the notification service');
    return { contacts: userIds.map((userId) => ({ userId, email: `${userId}@customers.example`, name })) };
  },
});

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export type ToldTicket = { label: string; status?: 'ACTIVE' | 'USED' | 'CANCELLED' };

/** Two tickets for every payment, unless told otherwise. */
export const ticketingOf = (tickets: ToldTicket[] = [{ label: 'Platea C 14' }, { label: 'Platea C 15' }]): Edges['ticketing'] => ({
  ticketsOf: async ({ paymentId }) => ({
    tickets: tickets.map(({ label, status = 'ACTIVE' }) => ({
      ticketId: randomUUID(),
      eventId: randomUUID(),
      paymentId,
      seatId: randomUUID(),
      label,
      category: 'Platea',
      status,
      qr: 'BO1.secret.signature',
      createdAt: new Date(),
      usedAt: null,
      gate: null,
      qrPngBase64: png,
    })),
    event: { name: 'Noche de "Jazz" & más', venue: 'Paraninfo', startsAt: new Date('2026-12-12T20:30:00Z'), timeZone: 'Atlantic/Canary' },
  }),
});

/** One sale of one event by one organisation. */
export const aSale = () => ({ organisationId: newId(), eventId: newId(), paymentId: newId(), userId: newId() });
export type Sale = ReturnType<typeof aSale>;

/** The messages about the tickets of a payment. */
export const ticketsOf = (sale: Sale, count: number): z.input<typeof TicketCreated.payload>[] =>
  Array.from({ length: count }, (_, index) => ({ ...sale, ticketId: newId(), seatId: newId(), label: `Platea C ${14 + index}`, ofTickets: count }));

export type Reader = Caller<User>;
