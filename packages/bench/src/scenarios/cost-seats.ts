import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

const perEvent = 100_000;

/** Seats that were made, and what the database says about them later. */
export interface Stock {
  seats: { id: string; eventId: string }[];
  /** Some of them, from everywhere. */
  some(count: number): { id: string; eventId: string }[];
  /** Throws unless there are exactly so many holds, one of a seat alive at most. */
  check(holds: number): Promise<void>;
}

/** Events with so many seats together, written straight into a database of booking's: a million by way of the API would take minutes. */
export async function seedSeats(url: string, count: number): Promise<Stock> {
  const db = new Client(url);
  await db.connect();
  try {
    for (let made = 0; made < count; made += perEvent) await seedEvent(db, Math.min(perEvent, count - made));
    await db.query('ANALYZE');
    const { rows } = await db.query<{ id: string; eventId: string }>('SELECT id, event_id AS "eventId" FROM seats ORDER BY hashint4(ord), id');
    const every = (count: number) => rows.filter((_, at) => at % Math.floor(rows.length / count) === 0);
    return { seats: rows, some: every, check: (holds) => checkHolds(url, holds) };
  } finally {
    await db.end();
  }
}

async function seedEvent(db: Client, seats: number): Promise<void> {
  const [eventId, planId, categoryId, organisationId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await db.query(
    `INSERT INTO seating_plans (id, organisation_id, name, seats, categories, sections, plan) VALUES ($1, $2, 'Bench', $3, '[]', '[]', '[]')`,
    [planId, organisationId, seats],
  );
  await db.query(
    `INSERT INTO events (id, organisation_id, seating_plan_id, name, venue, starts_at, time_zone, currency, status, on_sale_from, on_sale_until,
       max_seats_per_customer, seats, published_at)
     VALUES ($1, $2, $3, 'Bench', 'Bench', now() + interval '7 days', 'Etc/UTC', 'EUR', 'PUBLISHED', now() - interval '1 hour', now() + interval '6 days', 100, $4, now())`,
    [eventId, organisationId, planId, seats],
  );
  await db.query(`INSERT INTO event_categories (id, event_id, position, name, price_minor) VALUES ($1, $2, 0, 'All', 1000)`, [categoryId, eventId]);
  await db.query(
    `INSERT INTO seats (id, event_id, ord, section, row_label, seat_label, row_no, run_no, place, category_id, x, y)
     SELECT uuidv7(), $1, n, 'S' || n / 1000, (n / 50)::text, n::text, n / 50, 0, n % 50, $2, n % 50, n / 50 FROM generate_series(0, $3::int - 1) AS n`,
    [eventId, categoryId, seats],
  );
}

async function checkHolds(url: string, holds: number): Promise<void> {
  const db = new Client(url);
  await db.connect();
  try {
    const { rows } = await db.query<{ holds: number; twice: number }>(
      `SELECT count(*)::int AS holds,
         (SELECT count(*)::int FROM (SELECT FROM seat_reservations WHERE status <> 'RELEASED' GROUP BY seat_id HAVING count(*) > 1) d) AS twice
       FROM seat_reservations`,
    );
    const found = rows[0] ?? { holds: 0, twice: 0 };
    if (found.holds !== holds || found.twice > 0) throw new Error(`${holds} holds were answered with 2xx; the database has ${JSON.stringify(found)}`);
  } finally {
    await db.end();
  }
}
