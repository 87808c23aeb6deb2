import { randomUUID } from 'node:crypto';
import { databasesFor } from '@boxoffice/testing';
import { startProcess } from '@boxoffice/testing/process';
import pg from 'pg';
import { type AuditedService, auditedServices, type Sql } from '../src/index.ts';

/** The real schemas of the services, with connections that may write: what must never be, a test writes into them. */
export interface Stage {
  sql: Sql;
  url(service: AuditedService): string;
  close(): Promise<void>;
}

/** Migrates empty databases as their services do. */
export async function openStage(prefix: string): Promise<Stage> {
  const databases = await databasesFor(`${prefix}_${process.pid}_${Date.now()}`);
  const pools = new Map<AuditedService, pg.Pool>();
  await Promise.all(
    auditedServices.map(async (service) => {
      const run = startProcess({
        name: service,
        script: `services/${service}/src/main.ts`,
        args: ['migrate'],
        env: environment(databases.url(service)),
      });
      if ((await run.exited) !== 0) throw new Error(run.lines.join('\n'));
      const pool = new pg.Pool({ connectionString: databases.url(service), max: 2 });
      pool.on('error', () => {}); // its database goes at the end
      pools.set(service, pool);
    }),
  );
  return {
    url: databases.url,
    sql: async <Row extends object>(service: AuditedService, text: string, values: unknown[] = []) => {
      const pool = pools.get(service);
      if (!pool) throw new Error(`no database of ${service}`);
      return (await pool.query<Row>(text, values)).rows;
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      await databases.drop();
    },
  };
}

/** What `migrate` does not use, but configuration asks for. */
const environment = (url: string) => ({
  DATABASE_URL: url,
  KAFKA_BROKERS: '127.0.0.1:1',
  SERVICE_KEY_FILE: 'none',
  SERVICE_TRUST_FILE: 'none',
  TICKET_KEY_SECRET: Buffer.alloc(32, 1).toString('base64'),
  PERSONAL_DATA_KEYS: JSON.stringify({ k1: Buffer.alloc(32, 1).toString('base64') }),
  PERSONAL_DATA_KEY_ID: 'k1',
  BLIND_INDEX_KEY: Buffer.alloc(32, 2).toString('base64'),
  PASSWORD_PEPPER: Buffer.alloc(32, 3).toString('base64'),
  MAIL_FOLDER: 'none',
  MAIL_FROM: 'Box Office <tickets@localhost>',
});

const names = ['eventId', 'seatId', 'otherSeat', 'reservationId', 'paymentId', 'userId', 'ticketId', 'plan', 'category', 'org'] as const;
/** Ids of a sale, and the key its money was authorised with. */
export type Sale = Record<(typeof names)[number] | 'chargeKey', string>;

/** Inserts a reservation row: reservation, event, seat, user, status, payment. */
export const reservationSql = `INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, confirmed_at, price_minor, payment_id, release_reason)
  VALUES (gen_random_uuid(), $1, $2, $3, $4, $5::reservation_status, now(), now() + interval '5 minutes', now(), 1000, $6, CASE $5 WHEN 'RELEASED' THEN 'customer' END)`;
/** Inserts a charge of the test provider: key, status. */
export const chargeSql = `INSERT INTO test_provider_charges (key, reference, card_last4, amount_minor, currency, status, approve_at) VALUES ($1, gen_random_uuid(), '4242', 1000, 'EUR', $2, now())`;
/** Inserts a refund: id, payment, kind, amount, status, step, seats. */
export const refundSql = `INSERT INTO refunds (id, payment_id, key, kind, amount_minor, currency, reason, status, step, seat_ids, done_at, error)
  VALUES ($1::uuid, $2, $1::uuid || ':refund:1', $3, $4, 'EUR', 'r', $5::text, $6, $7::uuid[], CASE $5::text WHEN 'DONE' THEN now() END, CASE $5::text WHEN 'FAILED' THEN 'declined' END)`;
/** Inserts a message: id, topic, key, payload, when it was sent. */
export const outboxSql = `INSERT INTO outbox (id, shard, topic, key, envelope, sent_at) VALUES ($1, 0, $2, $3, json_build_object('payload', $4::json)::text, $5)`;

/** A seat of an event of two, sold, paid for and ticketed, and the message of it sent and heard: everything as it should be. */
export async function aSale(sql: Sql): Promise<Sale> {
  const id = Object.fromEntries(names.map((name) => [name, randomUUID()])) as Sale; // chargeKey follows
  id.chargeKey = `${id.paymentId}:authorising`;
  await anEvent(sql, id);
  const seat = `INSERT INTO seats (id, event_id, ord, section, row_label, seat_label, row_no, run_no, place, category_id, x, y, status, reservation_id, held_by)
    VALUES ($1, $2, $3, 's', 'r', $3::int::text, 0, 0, $3, $4, 0, 0, $5, $6, $7)`;
  await sql('booking', seat, [id.seatId, id.eventId, 1, id.category, 'SOLD', id.reservationId, id.userId]);
  await sql('booking', seat, [id.otherSeat, id.eventId, 2, id.category, 'AVAILABLE', null, null]);
  await sql('booking', reservationSql, [id.reservationId, id.eventId, id.seatId, id.userId, 'CONFIRMED', id.paymentId]);
  await aPayment(sql, id);
  await sql(
    'ticketing',
    `INSERT INTO tickets (id, payment_id, reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'l', 'A', 1000, 'ACTIVE', 'q', '')`,
    [id.ticketId, id.paymentId, id.reservationId, id.seatId, id.eventId, id.org, id.userId],
  );
  return id;
}

async function anEvent(sql: Sql, { plan, org, eventId, category }: Sale): Promise<void> {
  await sql('booking', `INSERT INTO seating_plans VALUES ($1, $2, 'p', 2, '[]', '[]', '{}')`, [plan, org]);
  await sql(
    'booking',
    `INSERT INTO events (id, organisation_id, seating_plan_id, name, venue, starts_at, time_zone, currency, status, on_sale_from, on_sale_until, max_seats_per_customer, seats)
     VALUES ($1, $2, $3, 'e', 'v', now() + interval '1 day', 'UTC', 'EUR', 'PUBLISHED', now(), now() + interval '1 day', 8, 2)`,
    [eventId, org, plan],
  );
  await sql('booking', `INSERT INTO event_categories VALUES ($1, $2, 0, 'A', 1000)`, [category, eventId]);
}

async function aPayment(sql: Sql, { paymentId, reservationId, eventId, org, userId, chargeKey, seatId }: Sale): Promise<void> {
  await sql(
    'payment',
    `INSERT INTO transactions (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, status, step, captured, next_check_at, pay_until, settled_at)
     VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, 1000, 'EUR', '[]', 'CONFIRMED', 'SETTLED', true, now(), now(), now())`,
    [paymentId, reservationId, eventId, org, userId],
  );
  await sql('payment', `INSERT INTO payment_steps (payment_id, step, key) VALUES ($1, 'AUTHORISING', $2)`, [paymentId, chargeKey]);
  await sql('payment', chargeSql, [chargeKey, 'captured']);
  const message = randomUUID();
  await sql('payment', outboxSql, [message, 'payment-confirmed', paymentId, JSON.stringify({ reservationId, seats: [{ seatId }] }), new Date()]);
  for (const group of ['ticketing', 'notification-analytics'] as const)
    await sql(group, 'INSERT INTO inbox (group_name, message_id) VALUES ($1, $2)', [group, message]);
}
