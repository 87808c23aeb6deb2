import { type Database, query } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { eventually, startPostgres } from '@boxoffice/testing';
import { expect } from 'vitest';
import { openDatabase } from '../src/compose.ts';
import { type Confirmed, confirmSeats, type SaleResult, settleSale } from '../src/persistence/confirm-seats.sql.ts';
import { lockCustomer, lockCustomers } from '../src/persistence/customer-lock.ts';
import { type Hold, holdSeats } from '../src/persistence/hold-seats.sql.ts';
import { seatMap } from '../src/persistence/seat-map.sql.ts';
import { at, eventOnSale, freshDeps, planOf, type TestEvent } from './stage.ts';

/** The statements of the sale on a server of a chosen version, as `claims.ts` sends them. */
export interface Sale {
  /** Ten connections each. */
  databases: readonly [Database, ...Database[]];
  event: TestEvent;
  /** A hold of seats by position, of a customer of his own unless told otherwise. */
  group(positions: number[], changes?: Partial<Hold>): Hold;
  /** What became of each. */
  hold(...groups: Hold[]): Promise<string[]>;
  confirm(hold: Hold, paymentId: string, seats?: number): Promise<boolean>;
  settle(hold: Hold, paymentId: string, seats?: number): Promise<SaleResult>;
  /** Seat-map characters at these positions. */
  map(...positions: number[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server of this version with an event of 20 rows of 10 seats; `connections` at least. */
export async function startSale(version: 17 | 18, connections = 10): Promise<Sale> {
  const server = await startPostgres({ version });
  await server.createDatabase('booking');
  const [db, ...more] = await Promise.all(Array.from({ length: Math.ceil(connections / 10) }, () => openDatabase(server.url('booking'))));
  if (!db) throw new Error('no database');
  await db.migrate();
  const deps = await freshDeps({ db });
  const event = await eventOnSale(deps, { plan: planOf(20, 10), maxSeatsPerCustomer: 100 });
  return {
    databases: [db, ...more],
    event,
    group: (positions, changes) => ({
      reservationId: newId(),
      userId: newId(),
      eventId: event.eventId,
      seatIds: at(event, ...positions),
      ttlMs: 300_000,
      ...changes,
    }),
    hold: async (...groups) => (await holdSeats(db, groups)).map(({ result }) => result),
    confirm: (hold, paymentId, seats) => confirm(db, hold, { paymentId, seats }),
    settle: (hold, paymentId, seats) => settle(db, hold, { paymentId, seats }),
    map: async (...positions) => {
      const row = await seatMap(db, event.eventId, { organisationIds: [] });
      return positions.map((position) => row?.map[position]).join('');
    },
    stop: async () => {
      await Promise.all([db, ...more].map((each) => each.close()));
      await server.stop();
    },
  };
}

type Paid = { paymentId: string; seats?: number | undefined };

/** The plain way to sell, as the batcher sends it. */
export async function confirm(db: Database, { reservationId, userId, seatIds }: Hold, { paymentId, seats = seatIds.length }: Paid): Promise<boolean> {
  const [, rows] = await db.pipeline([lockCustomers([userId]), confirmSeats([{ reservationId, paymentId, seats }])]);
  return (rows as Confirmed[])[0]?.ok ?? false; // what confirmSeats answers
}

/** The verdict after a no. */
export const settle = (db: Database, { reservationId, userId, seatIds }: Hold, { paymentId, seats = seatIds.length }: Paid): Promise<SaleResult> =>
  db.transaction(async (tx) => {
    await lockCustomer(tx, userId);
    return settleSale(tx, { reservationId, paymentId, seats });
  });

/** Resolves when so many sessions of this database wait for a lock. */
export const waiting = (db: Database, sessions: number): Promise<void> =>
  eventually(async () => {
    const [row] = await db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(row?.n).toBe(sessions);
  });

/**
 * Lets a statement that sees a live hold wait for its seat, and gives the seat to somebody else before the wait ends: what happens when the time runs out in
 * between. Answers who has the seat then, and what the statement said.
 */
export async function overtaken<T>({ databases: [db], group, hold }: Sale, position: number, statement: (held: Hold) => Promise<T>) {
  const [held, other] = [group([position]), group([position])];
  expect(await hold(held)).toEqual(['HELD']);
  let said: Promise<T> | undefined;
  await db.transaction(async (tx) => {
    await query(tx, 'SELECT 1 FROM seats WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE', [held.seatIds]);
    said = statement(held);
    said.catch(() => {}); // looked at below
    await waiting(db, 1);
    await query(tx, takeOverSeat, [held.seatIds, other.reservationId, other.userId]);
    await query(tx, closeHistory, [held.reservationId]);
    await query(tx, openHistory, [held.reservationId, other.reservationId, other.userId]);
  });
  return { said: await said, other };
}

/** The positions nobody has locked at the moment a statement that wants them all has to wait for the middle one. */
export async function freeWhileWaiting({ databases: [db], event }: Sale, positions: readonly number[], statement: () => Promise<unknown>) {
  const ids = at(event, ...positions);
  let said: Promise<unknown> | undefined;
  const free = await db.transaction(async (tx) => {
    await query(tx, 'SELECT 1 FROM seats WHERE id = $1 FOR NO KEY UPDATE', [ids[ids.length >> 1]]);
    said = statement();
    await waiting(db, 1);
    return db.query<{ id: string }>('SELECT id::text AS id FROM seats WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED', [ids]);
  });
  await said;
  return free.map(({ id }) => positions[ids.indexOf(id)]);
}

const takeOverSeat = `
UPDATE seats SET reservation_id = $2, held_by = $3, held_until = statement_timestamp() + interval '5 minutes' WHERE id = ANY ($1::uuid[])`;
const closeHistory = `UPDATE seat_reservations SET status = 'RELEASED', release_reason = 'expired' WHERE reservation_id = $1`;
const openHistory = `
INSERT INTO seat_reservations (id, reservation_id, event_id, seat_id, user_id, status, held_at, expires_at, price_minor)
SELECT gen_random_uuid(), $2, event_id, seat_id, $3, 'HELD', statement_timestamp(), statement_timestamp() + interval '5 minutes', price_minor
FROM seat_reservations WHERE reservation_id = $1`;
