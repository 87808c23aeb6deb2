import * as machine from '@boxoffice/simulation/seat-machine';
import { expect } from 'vitest';
import { type Model, minutesFrom, type Real } from './seat-commands.ts';
import { eventOnSale, freshDeps, noLocks, planOf } from './stage.ts';

const limit = 4;

/** An event of five seats on real Postgres. */
export async function realHouse(): Promise<Real> {
  const deps = await freshDeps({ locks: noLocks });
  return { deps, event: await eventOnSale(deps, { plan: planOf(1, 5), maxSeatsPerCustomer: limit }) };
}

/** Its model; `by` are conditions that are not the real ones. */
export const modelOf = (by: Partial<machine.Rules>, tally: Model['tally']): Model => ({
  house: machine.createHouse(['0', '1', '2', '3', '4'], limit, { ...machine.rules, ...by }),
  now: 0,
  tally,
});

/** Nobody has ever held anything. */
export const wipe = ({ deps }: Real) =>
  deps.db.pipeline([
    { text: 'DELETE FROM seat_reservations', values: [] },
    { text: `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, held_by = NULL, held_until = NULL`, values: [] },
    { text: `UPDATE events SET status = 'PUBLISHED', cancelled_at = NULL`, values: [] },
  ]);

type SeatRow = { id: string; status: string; reservationId: string | null; heldBy: string | null; heldUntil: Date | null };
type EntryRow = Omit<machine.Entry, 'expiresAt'> & { expiresAt: Date };

/** Seats and history on Postgres are those of the model, times to the minute. */
export async function expectSameRows(real: Real, { house, now }: Model): Promise<void> {
  const seats = await real.deps.db.query<SeatRow>(
    'SELECT id::text, status::text, reservation_id::text AS "reservationId", held_by::text AS "heldBy", held_until AS "heldUntil" FROM seats ORDER BY ord',
  );
  const entries = await real.deps.db.query<EntryRow>(
    `SELECT reservation_id::text AS "reservationId", seat_id::text AS "seatId", user_id::text AS "userId", status::text, release_reason AS "releaseReason",
       expires_at AS "expiresAt", extended_at IS NOT NULL AS extended, payment_id::text AS "paymentId" FROM seat_reservations`,
  );
  const nameOf = (id: string) => String(real.event.seats.indexOf(id));
  const minutes = (from: number, time: number | Date | null) => (time === null ? null : minutesFrom(from, time));
  const seatLine = (seat: machine.Seat | SeatRow, from: number) =>
    `${seat.status} ${seat.reservationId} ${seat.heldBy} ${minutes(from, seat.heldUntil)}`;
  const entryLine = (entry: machine.Entry | EntryRow, seat: string, from: number) =>
    [
      entry.reservationId,
      seat,
      entry.userId,
      entry.status,
      entry.releaseReason,
      minutes(from, entry.expiresAt),
      entry.extended,
      entry.paymentId,
    ].join();
  expect(seats.map((seat) => seatLine(seat, Date.now()))).toEqual([...house.seats.values()].map((seat) => seatLine(seat, now)));
  expect(entries.map((entry) => entryLine(entry, nameOf(entry.seatId), Date.now())).sort()).toEqual(
    house.history.map((entry) => entryLine(entry, entry.seatId, now)).sort(),
  );
}
