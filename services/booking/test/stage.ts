import {
  type BookingService,
  type Caller,
  CreateEvent,
  HoldSeats,
  isRefusal,
  type Membership,
  type RefusalCode,
  type User,
} from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { createLogger, newId } from '@boxoffice/service-kit';
import { asUser, testDatabase } from '@boxoffice/testing';
import { arena } from '@boxoffice/venues';
import { afterAll } from 'vitest';
import type { z } from 'zod';
import { migrations } from '../migrations/index.ts';
import { openDatabase } from '../src/compose.ts';
import type { Deps } from '../src/deps.ts';
import { claimsOver } from '../src/persistence/claims.ts';
import { entities } from '../src/persistence/entities.ts';
import { inProcessSeatLocks } from '../src/persistence/in-process-seat-locks.ts';
import type { SeatLocks } from '../src/persistence/seat-locks.ts';
import { createEvent } from '../src/use-cases/create-event.ts';
import { eventSeats } from '../src/use-cases/event-seats.ts';
import { holdSeats } from '../src/use-cases/hold-seats.ts';
import { publishEvent } from '../src/use-cases/publish-event.ts';
import { uploadSeatingPlan } from '../src/use-cases/upload-seating-plan.ts';

const opened: Database[] = [];
afterAll(async () => void (await Promise.all(opened.splice(0).map((db) => db.close()))));

/** A database of its own with booking's real session settings. */
export async function freshDatabase(): Promise<Database> {
  return secondDatabase(await testDatabase({ name: 'booking', entities, migrations }));
}

/** The same database as another process has it: with connections of its own. */
export async function secondDatabase({ url }: Database): Promise<Database> {
  const db = await openDatabase(url);
  opened.push(db);
  return db;
}

/** Locks that never know: every hold is decided by Postgres. */
export const noLocks: SeatLocks = { acquire: async () => 'unknown', release: async () => {} };

/** What use cases work with; the hold time and the locks may be chosen. */
export async function freshDeps(given: Partial<Deps> = {}): Promise<Deps> {
  const db = given.db ?? (await freshDatabase());
  return { db, claims: claimsOver(db), locks: inProcessSeatLocks(), holdTtlMs: 300_000, payingMs: 600_000, ...given };
}

/** Someone who runs an organisation. */
export const managerOf = (organisationId: string, role: Membership['role'] = 'manager') => asUser({ memberships: [{ organisationId, role }] });

const hour = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * hour).toISOString();

/** A plan of one section with `rows` rows A, B … of `perRow` seats, all in the category 'Stalls'. */
export const planOf = (rows: number, perRow: number) => ({
  name: 'Hall',
  categories: [{ name: 'Stalls' }],
  zones: [
    {
      name: 'Stalls',
      rows: Array.from({ length: rows }, (_, r) => ({
        row_number: String.fromCharCode(65 + r),
        position: { x: 0, y: r * 28 },
        seats: Array.from({ length: perRow }, (_, s) => ({
          seat_guid: `${r}-${s}`,
          seat_number: String(s + 1),
          position: { x: s * 28, y: 0 },
          category: 'Stalls',
        })),
      })),
    },
  ],
});

export type EventInput = Partial<z.input<typeof CreateEvent>> & { plan?: object; draft?: boolean };
export type TestEvent = { eventId: string; organisationId: string; manager: Caller<User>; seats: string[] };

/** An event on sale (unless told otherwise) with the seats of `plan` (50), 1000 minor units each, at most 8 per customer. */
export async function eventOnSale(deps: Deps, { plan = planOf(5, 10), draft = false, ...changes }: EventInput = {}): Promise<TestEvent> {
  const organisationId = changes.organisationId ?? newId();
  const manager = managerOf(organisationId);
  const stored = await uploadSeatingPlan(deps)({ organisationId, text: JSON.stringify(plan) }, manager);
  const input = CreateEvent.parse({
    organisationId,
    seatingPlanId: stored.seatingPlanId,
    name: 'Evening',
    venue: 'Hall',
    startsAt: inHours(100),
    timeZone: 'Europe/Madrid',
    currency: 'EUR',
    prices: stored.categories.map(({ name }) => ({ category: name, priceMinor: 1000 })),
    onSaleFrom: inHours(-1),
    onSaleUntil: inHours(90),
    ...changes,
  });
  const { eventId } = await createEvent(deps)(input, manager);
  if (!draft) await publishEvent(deps)({ eventId }, manager);
  const { seats } = await eventSeats(deps)({ eventId }, manager);
  return { eventId, organisationId, manager, seats: seats.map((seat) => seat.seatId) };
}

/** The seats at these positions of the seat map. */
export const at = ({ seats }: TestEvent, ...positions: number[]): string[] => positions.map((position) => seats[position] ?? newId());

/** Holds seats of an event by position. */
export const holdAt = (deps: Deps, event: TestEvent, positions: number[], by: Caller<User> = asUser()) =>
  holdSeats(deps)(HoldSeats.parse({ eventId: event.eventId, seatIds: at(event, ...positions) }), by);

/** What a call was refused with. A call that succeeds, or fails in another way, fails the test. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: RefusalCode; details: Record<string, unknown> }> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in answer && isRefusal(answer.error)) return answer.error.refusal;
  throw 'error' in answer ? answer.error : new Error(`no refusal but ${JSON.stringify(answer.value)}`);
}

/** Makes the time of these reservations pass: the database's clock cannot be turned, so their end is put before it. */
export async function expire(db: Database, ...reservationIds: string[]): Promise<void> {
  await db.query(`UPDATE seat_reservations SET expires_at = statement_timestamp() - interval '1 minute' WHERE reservation_id = ANY ($1)`, [
    reservationIds,
  ]);
  await db.query(
    `UPDATE seats SET held_until = statement_timestamp() - interval '1 minute' WHERE reservation_id = ANY ($1) AND held_until IS NOT NULL`,
    [reservationIds],
  );
}

/** Every way in which seats and their history may disagree; all must be 0. */
export async function violations(db: Database): Promise<Record<string, number>> {
  const [found] = await db.query<Record<string, number>>(violationsSql);
  return found ?? {};
}

/** No violation at all. */
export const sound = { soldWithoutSale: 0, saleWithoutSeat: 0, brokenHolds: 0, mixedReservations: 0 };

// Each number of one snapshot. clock_timestamp() in a sub-select is read once.
const violationsSql = `
SELECT
  (SELECT count(*) FROM seats s WHERE s.status = 'SOLD' AND (
     SELECT count(*) FROM seat_reservations r WHERE r.seat_id = s.id AND r.status = 'CONFIRMED' AND r.reservation_id = s.reservation_id) <> 1)::int AS "soldWithoutSale",
  (SELECT count(*) FROM seat_reservations r JOIN seats s ON s.id = r.seat_id
     WHERE r.status = 'CONFIRMED' AND (s.status <> 'SOLD' OR s.reservation_id <> r.reservation_id))::int AS "saleWithoutSeat",
  (SELECT count(*) FROM (
     SELECT s.reservation_id FROM seats s WHERE s.status = 'AVAILABLE' AND s.held_until > (SELECT clock_timestamp()) GROUP BY 1
     HAVING count(*) <> (SELECT count(*) FROM seat_reservations r WHERE r.reservation_id = s.reservation_id AND r.status = 'HELD')) q)::int AS "brokenHolds",
  (SELECT count(*) FROM (
     SELECT reservation_id FROM seat_reservations GROUP BY 1 HAVING count(DISTINCT user_id) > 1 OR count(DISTINCT event_id) > 1) q)::int AS "mixedReservations"`;

/** A logger that says nothing. */
export const silent = createLogger({ service: 'booking', level: 'silent' });

/** The arena of about 20,000 seats. */
export const bigPlan = () => arena(20_000);
export type Holder = BookingService['holdSeats'];
