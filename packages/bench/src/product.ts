import { eventOnSale, type Organiser, organiserOf } from '@boxoffice/journey';
import { arena } from '@boxoffice/venues';
import { Client } from 'pg';
import type { LoadRequest } from './loader/index.ts';
import type { World } from './world.ts';

export type Event = { eventId: string; seatIds: string[] };

/** What a scenario asks of the product: events, customers, and what the database says afterwards. */
export interface Product {
  organiser: Organiser;
  /** An event on sale with that many seats. */
  event(seats: number): Promise<Event>;
  /** Rows of these events by what they say, and seats that two living reservations name. */
  rows(eventIds: string[]): Promise<{ held: number; twice: number }>;
  stop(): Promise<void>;
}

/** Gets the product ready to be asked. */
export async function productOf(world: World): Promise<Product> {
  const organiser = await organiserOf(world.system.url);
  const db = new Client(world.databaseUrl('booking'));
  db.on('error', () => {}); // the server goes first when a run is broken off
  await db.connect();
  return {
    organiser,
    async event(seats) {
      await organiser.client.renewSession();
      const eventId = await eventOnSale(organiser, arena(seats));
      const { rows } = await db.query<{ id: string }>('SELECT id FROM seats WHERE event_id = $1 ORDER BY ord', [eventId]);
      // Events are made days before their sale: vacuumed and on disk by then, not while the first seats are held.
      await db.query('VACUUM (ANALYZE) seats');
      await db.query('CHECKPOINT');
      return { eventId, seatIds: rows.map(({ id }) => id) };
    },
    async rows(eventIds) {
      const { rows } = await db.query<{ held: number; twice: number }>(
        `SELECT count(DISTINCT reservation_id)::int AS held,
           (SELECT count(*)::int FROM (SELECT FROM seat_reservations WHERE event_id = ANY ($1) AND status <> 'RELEASED' GROUP BY seat_id HAVING count(*) > 1) d) AS twice
         FROM seat_reservations WHERE event_id = ANY ($1)`,
        [eventIds],
      );
      return rows[0] ?? { held: 0, twice: 0 };
    },
    stop: () => db.end(),
  };
}

/** Holds of one seat each, customers in turn: every seat of the events once. */
export function holdsOf(events: readonly Event[], tokens: readonly string[]): LoadRequest[] {
  const all = events.flatMap(({ eventId, seatIds }) => seatIds.map((seatId) => ({ eventId, seatId })));
  return all.map(({ eventId, seatId }, at) => ({
    path: '/trpc/booking.holdSeats',
    body: JSON.stringify({ eventId, seatIds: [seatId] }),
    token: tokens[at % tokens.length] ?? '',
  }));
}
