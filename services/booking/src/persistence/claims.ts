import { type Database, isDataFault } from '@boxoffice/postgres';
import { type Batcher, createBatcher, type Failed, type Metrics } from '@boxoffice/service-kit';
import type { AdmissionAttempt } from '../domain/admission.ts';
import type { HoldAttempt, SeatState } from '../domain/hold.ts';
import type { ReservationSeat } from '../domain/reservation.ts';
import { type Confirmed, confirmSeats, type Sale } from './confirm-seats.sql.ts';
import { lockCustomers } from './customer-lock.ts';
import { type Extension, extendHolds } from './extend-hold.sql.ts';
import { type AdmissionHold, admissionLooks } from './hold-admission.sql.ts';
import { type BestAttempt, type BestHold, bestHolder } from './hold-best.ts';
import { type Hold, holdSeats } from './hold-seats.sql.ts';
import { type Release, releaseHolds } from './release-seats.sql.ts';
import { ownersOf, type ReservationOwner, readSeatsOfReservations, seatsOfReservations } from './reservations.sql.ts';
import { seatStates } from './why-refused.sql.ts';

/** The contended statements, gathered: what comes in one turn of the event loop is one statement. All refuse OVERLOADED when too much waits, or for too long. */
export interface Claims {
  hold(hold: Hold): Promise<HoldAttempt>;
  /** The best seats that are free for this wish; see `bestHolder`. */
  holdBest(hold: BestHold): Promise<BestAttempt>;
  holdAdmission(hold: AdmissionHold): Promise<AdmissionAttempt>;
  /** Extends the customer's live hold, once, and answers the seats of his reservation as they are then; none when it is not his. */
  begin(extension: Extension): Promise<ReservationSeat[]>;
  /** See `confirmSeats`; `userId` is whose reservation it is. */
  confirm(sale: Sale & { userId: string }): Promise<boolean>;
  /** See `releaseHolds`. */
  release(release: Release): Promise<number>;
  /** The seats of a reservation in plan order; with `userId`, only when it is his. */
  reservationSeats(reservationId: string, userId?: string): Promise<ReservationSeat[]>;
  /** Whose reservation it is; with `userId`, only when it is his. */
  ownerOf(reservationId: string, userId?: string): Promise<ReservationOwner | undefined>;
  seatStates(seatIds: readonly string[]): Promise<SeatState[]>;
}

export type ClaimOptions = {
  /** Holds per statement. */
  batch?: number;
  /** Statements of a kind under way at once. */
  inFlight?: number;
  /** Calls of a kind that may wait. */
  queue?: number;
  /** How long a call may wait, in milliseconds. */
  deadlineMs?: number;
  metrics?: Metrics | undefined;
};

/** One batcher per kind of statement over this database. */
export function claimsOver(db: Database, { batch = 64, inFlight = 2, queue = 5_000, deadlineMs = 2_000, metrics }: ClaimOptions = {}): Claims {
  const limits = { size: batch, inFlight, maxQueue: queue, deadlineMs, blames: isDataFault, metrics };
  const batched = <I, O>(name: string, run: (items: readonly I[]) => Promise<readonly (O | Failed)[]>, apart?: (item: I) => string): Batcher<I, O> =>
    createBatcher({ ...limits, name, run, ...(apart && { apart }) });
  // Few holds cost nearly what many cost. All other steps are one of an order's many, and each wait would be one more: 20 % fewer orders a second.
  const run = (items: readonly Hold[]) => holdSeats(db, items);
  const holds = createBatcher({ ...limits, beside: Math.ceil(batch / 4), name: 'hold', run, apart: customer });
  const bests = batched('hold-best', bestHolder(db), customer);
  const places = admissionLooks(db);
  const admissions = batched('hold-admission', places.first, customer);
  // One at a time and many in it: each reads a whole area, so that a crowd before a sold-out one shares the reading.
  const lastAdmissions = createBatcher({ ...limits, size: 512, inFlight: 1, name: 'hold-admission-last', run: places.last, apart: customer });
  const begins = batched('begin', (items: readonly Extension[]) => beginBatch(db, items), reservation);
  const confirms = batched('confirm', (items: readonly (Sale & { userId: string })[]) => confirmBatch(db, items), reservation);
  const releases = batched('release', (items: readonly Release[]) => releaseHolds(db, items), reservation);
  const seats = batched('reservation', async (ids: readonly string[]) => grouped(ids, await seatsOfReservations(db, ids)));
  const owners = batched('owner', async (ids: readonly string[]) => grouped(ids, await ownersOf(db, ids)));
  const states = batched('seat-state', (items: readonly (readonly string[])[]) => statesBatch(db, items));
  return {
    hold: holds.push,
    holdBest: bests.push,
    holdAdmission: async (hold) => (places.hasPlaces(hold) && (await admissions.push(hold))) || lastAdmissions.push(hold),
    begin: begins.push,
    confirm: confirms.push,
    release: releases.push,
    reservationSeats: async (id, userId) => (await seats.push(id.toLowerCase())).filter((seat) => isHis(seat, userId)),
    ownerOf: async (id, userId) => (await owners.push(id.toLowerCase())).find((owner) => isHis(owner, userId)),
    seatStates: states.push,
  };
}

const customer = (item: { userId: string }) => item.userId.toLowerCase();
const reservation = (item: { reservationId: string }) => item.reservationId.toLowerCase();
const isHis = (row: { userId: string }, userId: string | undefined) => userId === undefined || row.userId === userId.toLowerCase();

async function beginBatch(db: Database, items: readonly Extension[]): Promise<ReservationSeat[][]> {
  const ids = items.map((item) => item.reservationId.toLowerCase());
  // Locked, because a hold that lapses while it is extended must not be counted as gone by the customer's next one.
  const [, , rows] = await db.pipeline([lockCustomers(items.map(customer)), extendHolds(items), readSeatsOfReservations(ids)]);
  const seats = grouped(ids, rows as ReservationSeat[]); // what the last statement answers
  return items.map(({ userId }, at) => (seats[at] ?? []).filter((seat) => isHis(seat, userId)));
}

async function confirmBatch(db: Database, items: readonly (Sale & { userId: string })[]): Promise<boolean[]> {
  const [, rows] = await db.pipeline([lockCustomers(items.map(customer)), confirmSeats(items)]);
  return (rows as Confirmed[]).map(({ ok }) => ok); // what the last statement answers
}

/** One look for all; a seat that two calls ask about is read once. */
async function statesBatch(db: Database, items: readonly (readonly string[])[]): Promise<SeatState[][]> {
  const states = new Map((await seatStates(db, [...new Set(items.flat())])).map((state) => [state.seatId, state]));
  return items.map((ids) => ids.flatMap((id) => states.get(id) ?? []));
}

/** Rows by reservation, in the order of the ids. */
function grouped<T extends { reservationId: string }>(ids: readonly string[], rows: readonly T[]): T[][] {
  const groups = new Map<string, T[]>(ids.map((id) => [id, []]));
  for (const row of rows) groups.get(row.reservationId)?.push(row);
  return ids.map((id) => groups.get(id) ?? []);
}
