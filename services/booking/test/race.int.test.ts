import { newId } from '@boxoffice/service-kit';
import { asServiceCaller, asUser } from '@boxoffice/testing';
import { expect, it } from 'vitest';
import { inProcessSeatLocks } from '../src/persistence/in-process-seat-locks.ts';
import { reapExpired } from '../src/persistence/reap.sql.ts';
import { beginPayment } from '../src/use-cases/begin-payment.ts';
import { confirmSeat } from '../src/use-cases/confirm-seat.ts';
import { releaseReservation } from '../src/use-cases/release-reservation.ts';
import { returnSeats } from '../src/use-cases/return-seats.ts';
import { at, eventOnSale, freshDeps, holdAt, noLocks, sound, violations } from './stage.ts';

const raceMs = 5_000;
const buyers = 24;
const payment = asServiceCaller('payment');
const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T; // never empty here
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
const seatsOf = (most: number) => [...new Set(Array.from({ length: 1 + Math.floor(Math.random() * most) }, () => Math.floor(Math.random() * 50)))];

it.each([
  ['Postgres alone', noLocks],
  ['seat locks', inProcessSeatLocks({ rate: { holds: 1_000_000, windowMs: 1_000 } })],
])(`${buyers} buyers over 50 seats hold, pay, give back, are too late and are reaped, with %s: no seat is sold twice`, async (_, locks) => {
  const deps = await freshDeps({ locks, holdTtlMs: 120, payingMs: 200 });
  const event = await eventOnSale(deps, { maxSeatsPerCustomer: 10 });
  const end = Date.now() + raceMs;
  const count: Record<string, number> = {};
  const tally = (what: string): undefined => {
    count[what] = (count[what] ?? 0) + 1;
  };
  const owners = new Map<string, string>(); // seat → the payment that owns it, as told by confirm and return
  const problems: unknown[] = [];

  const buyOnce = async (me: ReturnType<typeof asUser>) => {
    const wanted = seatsOf(4);
    const held = await holdAt(deps, event, wanted, me).catch((error) => (error.refusal ? tally(error.refusal.code) : void problems.push(error)));
    if (!held) return;
    const { reservationId } = held;
    tally('held');
    await pause(160);
    const dice = Math.random();
    if (dice < 0.2) return void (await releaseReservation(deps)({ reservationId }, me).then(() => tally('released')));
    if (dice < 0.35) return;
    if (dice < 0.6) await beginPayment(deps)({ reservationId, userId: me.actor.userId }, payment).catch((error) => tally(error.refusal?.code));
    const paymentId = newId();
    const result = await confirmSeat(deps)({ reservationId, paymentId, seats: wanted.length }, payment);
    tally(result);
    if (result !== 'CONFIRMED') return;
    const ids = at(event, ...wanted);
    for (const id of ids) {
      if (owners.has(id)) problems.push(`seat ${id} is sold to ${owners.get(id)} and ${paymentId}`);
      owners.set(id, paymentId);
    }
    if (Math.random() < 0.3) expect(await confirmSeat(deps)({ reservationId, paymentId, seats: wanted.length }, payment)).toBe('CONFIRMED');
    await pause(80);
    for (const id of ids) owners.delete(id);
    expect(await returnSeats(deps)({ reservationId, seatIds: ids }, payment)).toBe(ids.length);
  };
  const customers = Array.from({ length: 12 }, () => asUser()); // two buyers each: the limit is raced for, too
  const run = async (step: () => Promise<unknown>) => {
    while (Date.now() < end) await step().catch((error) => problems.push(error));
  };
  const watch = async () => {
    const found = await violations(deps.db);
    if (JSON.stringify(found) !== JSON.stringify(sound)) problems.push(found);
    await pause(40);
  };
  await Promise.all([
    ...Array.from({ length: buyers }, () => run(() => buyOnce(pick(customers)))),
    run(watch),
    ...[1, 2].map(() => run(() => reapExpired(deps.db, 250).then(() => pause(60)))),
  ]);
  console.log(JSON.stringify(count));
  expect(problems).toEqual([]);
  expect(await violations(deps.db)).toEqual(sound);
  for (const what of ['held', 'CONFIRMED', 'GONE', 'SEAT_ALREADY_HELD', 'released']) expect(count[what], what).toBeGreaterThan(0);
});
