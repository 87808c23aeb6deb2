import { randomUUID } from 'node:crypto';
import { databasesFor } from '@boxoffice/testing';
import { startProcess } from '@boxoffice/testing/process';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../src/checks/index.ts';
import { type Entry, newHistory } from '../src/history.ts';
import { type Owner, speakers, type World } from '../src/world.ts';

// The real schemas of the services, and what must never be written into them: each check has to see it.

let databases: Awaited<ReturnType<typeof databasesFor>>;
const pools = new Map<Owner, pg.Pool>();
const sql: World['sql'] = async <Row extends object>(service: Owner, text: string, values: unknown[] = []) => {
  const pool = pools.get(service);
  if (!pool) throw new Error(`no database of ${service}`);
  return (await pool.query<Row>(text, values)).rows;
};

beforeAll(async () => {
  databases = await databasesFor(`checks_${Date.now()}`);
  await Promise.all(
    speakers.map(async (service) => {
      const run = startProcess({ name: service, script: `services/${service}/src/main.ts`, args: ['migrate'], env: environment(service) });
      expect(await run.exited, run.lines.join('\n')).toBe(0);
      const pool = new pg.Pool({ connectionString: databases.url(service), max: 2 });
      pool.on('error', () => {}); // its databases go at the end
      pools.set(service, pool);
    }),
  );
}, 60_000);
afterAll(async () => {
  await Promise.all([...pools.values()].map((pool) => pool.end()));
  await databases.drop();
});

/** What `migrate` does not use, but configuration asks for. */
const environment = (service: Owner) => ({
  DATABASE_URL: databases.url(service),
  KAFKA_BROKERS: '127.0.0.1:1',
  SERVICE_KEY_FILE: 'none',
  SERVICE_TRUST_FILE: 'none',
  TICKET_KEY_SECRET: Buffer.alloc(32, 1).toString('base64'),
  MAIL_FOLDER: '/tmp',
  MAIL_FROM: 'Box Office <tickets@localhost>',
});

type Sale = {
  eventId: string;
  seatId: string;
  otherSeat: string;
  reservationId: string;
  paymentId: string;
  userId: string;
  ticketId: string;
  chargeKey: string;
};

/** A seat sold, paid for and ticketed, everything as it should be. */
async function aSale(): Promise<Sale> {
  const id = {
    eventId: '',
    seatId: '',
    otherSeat: '',
    reservationId: '',
    paymentId: '',
    userId: '',
    ticketId: '',
    chargeKey: '',
    plan: '',
    category: '',
    org: '',
  };
  for (const name of Object.keys(id) as (keyof typeof id)[]) id[name] = randomUUID();
  await sql('booking', `INSERT INTO seating_plans VALUES ($1, $2, 'p', 2, '[]', '[]', '{}')`, [id.plan, id.org]);
  await sql(
    'booking',
    `INSERT INTO events (id, organisation_id, seating_plan_id, name, venue, starts_at, time_zone, currency, status, on_sale_from, on_sale_until, max_seats_per_customer, seats)
     VALUES ($1, $2, $3, 'e', 'v', now() + interval '1 day', 'UTC', 'EUR', 'PUBLISHED', now(), now() + interval '1 day', 8, 2)`,
    [id.eventId, id.org, id.plan],
  );
  await sql('booking', `INSERT INTO event_categories VALUES ($1, $2, 0, 'A', 1000)`, [id.category, id.eventId]);
  const seat = `INSERT INTO seats (id, event_id, ord, section, row_label, seat_label, row_no, run_no, place, category_id, x, y, status, reservation_id, held_by)
    VALUES ($1, $2, $3, 's', 'r', $3::int::text, 0, 0, $3, $4, 0, 0, $5, $6, $7)`;
  await sql('booking', seat, [id.seatId, id.eventId, 1, id.category, 'SOLD', id.reservationId, id.userId]);
  await sql('booking', seat, [id.otherSeat, id.eventId, 2, id.category, 'AVAILABLE', null, null]);
  await sql('booking', reservationSql, [id.reservationId, id.eventId, id.seatId, id.userId, 'CONFIRMED', id.paymentId]);
  await sql(
    'payment',
    `INSERT INTO transactions (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, status, step, captured, next_check_at, pay_until, settled_at)
     VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, 1000, 'EUR', '[]', 'CONFIRMED', 'SETTLED', true, now(), now(), now())`,
    [id.paymentId, id.reservationId, id.eventId, id.org, id.userId],
  );
  await sql('payment', `INSERT INTO payment_steps (payment_id, step, key) VALUES ($1, 'AUTHORISING', $2)`, [id.paymentId, id.chargeKey]);
  await sql('payment', chargeSql, [id.chargeKey, 'captured']);
  await sql(
    'ticketing',
    `INSERT INTO tickets (id, payment_id, reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'l', 'A', 1000, 'ACTIVE', 'q', '')`,
    [id.ticketId, id.paymentId, id.reservationId, id.seatId, id.eventId, id.org, id.userId],
  );
  return id;
}

const reservationSql = `INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, confirmed_at, price_minor, payment_id, release_reason)
  VALUES (gen_random_uuid(), $1, $2, $3, $4, $5::reservation_status, now(), now() + interval '5 minutes', now(), 1000, $6, CASE $5 WHEN 'RELEASED' THEN 'customer' END)`;
const chargeSql = `INSERT INTO test_provider_charges (key, reference, card_last4, amount_minor, currency, status, approve_at) VALUES ($1, gen_random_uuid(), '4242', 1000, 'EUR', $2, now())`;
const outboxSql = `INSERT INTO outbox (id, shard, topic, key, envelope, sent_at) VALUES ($1, 0, $2, 'k', '{}', $3)`;
const told = (entry: Partial<Entry> & Pick<Entry, 'op'>): Entry => ({ at: 0, ms: 1, outcome: 'ok', userId: randomUUID(), ...entry });
const ofSale = ({ reservationId, userId, seatId }: Sale) => told({ op: 'hold', reservationId, userId, seatIds: [seatId] });

/** What was written or told wrongly, and what the check says of it. */
type Plant = { says: string; plant: (sale: Sale) => Promise<unknown>; history?: (sale: Sale) => Entry };
const plants: Plant[] = [
  {
    says: 'I1: a seat has two living holds',
    plant: async ({ eventId, seatId }) => {
      await sql('booking', 'DROP INDEX seat_reservations_confirmed');
      await sql('booking', reservationSql, [randomUUID(), eventId, seatId, randomUUID(), 'CONFIRMED', randomUUID()]);
    },
  },
  { says: 'I2: an event has more or fewer seats', plant: ({ otherSeat }) => sql('booking', 'DELETE FROM seats WHERE id = $1', [otherSeat]) },
  {
    says: 'I2: a seat is sold and its history',
    plant: ({ otherSeat }) =>
      sql('booking', `UPDATE seats SET status = 'SOLD', reservation_id = gen_random_uuid(), held_by = gen_random_uuid() WHERE id = $1`, [otherSeat]),
  },
  {
    says: 'I2: the history says sold and the seat does not',
    plant: ({ seatId }) => sql('booking', `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, held_by = NULL WHERE id = $1`, [seatId]),
  },
  {
    says: 'I2: a living hold of a seat has no open history',
    plant: ({ otherSeat }) =>
      sql(
        'booking',
        `UPDATE seats SET held_until = now() + interval '1 minute', reservation_id = gen_random_uuid(), held_by = gen_random_uuid() WHERE id = $1`,
        [otherSeat],
      ),
  },
  {
    says: 'I3: a living hold in the history is not on the seat',
    plant: ({ eventId, otherSeat }) => sql('booking', reservationSql, [randomUUID(), eventId, otherSeat, randomUUID(), 'HELD', null]),
  },
  {
    says: 'I4: a reservation is sold in part',
    plant: ({ eventId, otherSeat, reservationId, userId }) =>
      sql('booking', reservationSql, [reservationId, eventId, otherSeat, userId, 'RELEASED', null]),
  },
  {
    says: 'I4: a customer has more seats',
    plant: async ({ eventId, userId }) => {
      for (let seat = 0; seat < 8; seat++) await sql('booking', reservationSql, [randomUUID(), eventId, randomUUID(), userId, 'HELD', null]);
    },
  },
  {
    says: 'I6: a payment is undecided',
    plant: ({ paymentId }) =>
      sql('payment', `UPDATE transactions SET status = 'PENDING', step = 'CAPTURING', settled_at = NULL, captured = false WHERE id = $1`, [
        paymentId,
      ]),
  },
  { says: 'I6: the provider keeps money', plant: () => sql('payment', chargeSql, [randomUUID(), 'captured']) },
  {
    says: 'I6: a confirmed payment was not captured',
    plant: ({ chargeKey }) => sql('payment', `UPDATE test_provider_charges SET status = 'refunded' WHERE key = $1`, [chargeKey]),
  },
  {
    says: 'I5: a reservation was paid for twice',
    plant: ({ reservationId }) =>
      sql(
        'payment',
        `INSERT INTO transactions (id, transaction_id, reservation_id, event_id, organisation_id, user_id, amount_minor, currency, seats, status, step, captured, next_check_at, pay_until, settled_at)
           SELECT gen_random_uuid(), gen_random_uuid(), reservation_id, event_id, organisation_id, user_id, 0, currency, seats, status, step, captured, now(), now(), now()
           FROM transactions WHERE reservation_id = $1`,
        [reservationId],
      ),
  },
  {
    says: 'I1: a seat has two living tickets',
    plant: async ({ ticketId }) => {
      await sql('ticketing', 'DROP INDEX tickets_one_live_per_seat');
      await sql(
        'ticketing',
        `INSERT INTO tickets (id, payment_id, reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png)
         SELECT gen_random_uuid(), gen_random_uuid(), reservation_id, seat_id, event_id, organisation_id, user_id, label, category, price_minor, status, qr, qr_png
         FROM tickets WHERE id = $1`,
        [ticketId],
      );
    },
  },
  {
    says: 'I10: a ticket was let in twice',
    plant: ({ ticketId, eventId }) =>
      sql('ticketing', `INSERT INTO check_ins VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), 'North', gen_random_uuid(), now())`, [
        ticketId,
        eventId,
      ]),
  },
  {
    says: 'which did not pay for it',
    plant: ({ paymentId }) => sql('booking', 'UPDATE seat_reservations SET payment_id = gen_random_uuid() WHERE payment_id = $1', [paymentId]),
  },
  {
    says: 'its seats cost 900',
    plant: ({ paymentId }) => sql('booking', 'UPDATE seat_reservations SET price_minor = 900 WHERE payment_id = $1', [paymentId]),
  },
  { says: 'and has tickets for nothing', plant: ({ ticketId }) => sql('ticketing', 'DELETE FROM tickets WHERE id = $1', [ticketId]) },
  {
    says: 'is confirmed and has no seats',
    plant: ({ seatId, reservationId }) =>
      Promise.all([
        sql('booking', `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, held_by = NULL WHERE id = $1`, [seatId]),
        sql('booking', `UPDATE seat_reservations SET status = 'RELEASED', release_reason = 'customer' WHERE reservation_id = $1`, [reservationId]),
      ]),
  },
  { says: 'of payment was never sent', plant: () => sql('payment', outboxSql, [randomUUID(), 'payment-failed', null]) },
  { says: 'was never applied by ticketing', plant: () => sql('payment', outboxSql, [randomUUID(), 'payment-confirmed', new Date()]) },
  {
    says: 'is parked at ticketing',
    plant: () => sql('ticketing', `INSERT INTO parked_messages (group_name, topic, key, value, error) VALUES ('ticketing', 't', 'k', 'v', 'why')`),
  },
  { says: 'I3: hold', plant: async () => {}, history: () => told({ op: 'hold', reservationId: randomUUID(), seatIds: [] }) },
  { says: 'is not what was acknowledged', plant: async () => {}, history: (sale) => ({ ...ofSale(sale), seatIds: [sale.otherSeat] }) },
  { says: 'I12: payment', plant: async () => {}, history: () => told({ op: 'confirm payment', paymentId: randomUUID(), status: 'CONFIRMED' }) },
  { says: 'I12: payment', plant: async () => {}, history: () => told({ op: 'create payment', paymentId: randomUUID() }) },
  { says: 'was let in and is not used', plant: async () => {}, history: (sale) => told({ op: 'check in', ticketId: sale.ticketId }) },
];

test('a sale as it should be is no violation', async () => {
  const history = newHistory();
  history.note(ofSale(await aSale()));
  expect(await check(sql, history)).toEqual([]);
});

test.each(plants)('sees: $says', async ({ says, plant, history: tell }) => {
  const sale = await aSale();
  const seen = async (entries: Entry[]) => {
    const history = newHistory();
    for (const entry of entries) history.note(entry);
    return (await check(sql, history)).map(({ invariant, what }) => `${invariant}: ${what}`);
  };
  const before = (await seen([])).filter((violation) => violation.includes(says)).length;
  await plant(sale);
  const after = (await seen(tell ? [tell(sale)] : [])).filter((violation) => violation.includes(says)).length;
  expect(after).toBeGreaterThan(before);
});
