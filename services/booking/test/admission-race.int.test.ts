import { newId } from '@boxoffice/service-kit';
import { asServiceCaller, asUser, eventually } from '@boxoffice/testing';
import { expect, it } from 'vitest';
import { claimsOver } from '../src/persistence/claims.ts';
import { reapExpired } from '../src/persistence/reap.sql.ts';
import { confirmSeat } from '../src/use-cases/confirm-seat.ts';
import { holdAdmission } from '../src/use-cases/hold-admission.ts';
import { releaseReservation } from '../src/use-cases/release-reservation.ts';
import { returnSeats } from '../src/use-cases/return-seats.ts';
import { seatMap } from '../src/use-cases/seat-map.ts';
import { eventOnSale, freshDeps, noLocks, sound, violations } from './stage.ts';

const raceMs = 3_000;
const buyers = 24;
const areas = [
  { name: 'Yard', category: 'Standing', capacity: 30 },
  { name: 'Pit', category: 'Standing', capacity: 7 },
];
const payment = asServiceCaller('payment');
const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T; // never empty here
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * ms));

it(`${buyers} buyers of two processes hold, pay, give back, are too late and are reaped in two small areas: no place is sold twice, none is lost`, async () => {
  const deps = await freshDeps({ locks: noLocks, holdTtlMs: 120 });
  const processes = [deps, { ...deps, claims: claimsOver(deps.db, { batch: 4 }) }];
  const event = await eventOnSale(deps, {
    plan: { name: 'Field', categories: [{ name: 'Standing' }], admissionAreas: areas },
    maxSeatsPerCustomer: 10,
  });
  const end = Date.now() + raceMs;
  const count: Record<string, number> = {};
  const tally = (what: string) => {
    count[what] = (count[what] ?? 0) + 1;
  };
  const owners = new Map<string, string>(); // place → the payment that owns it, as told by confirm and return
  const problems: unknown[] = [];

  const buyOnce = async (me: ReturnType<typeof asUser>) => {
    const using = pick(processes);
    const quantity = 1 + Math.floor(Math.random() * 4);
    const area = pick(['Yard', 'Yard', 'Pit']);
    const held = await holdAdmission(using)({ eventId: event.eventId, area, quantity }, me).catch((error) => {
      if (!error.refusal) throw error;
      const { code, details } = error.refusal;
      tally(code);
      if (code === 'ADMISSION_SOLD_OUT' && details.free >= quantity) problems.push(`${quantity} refused while ${details.free} were free`);
    });
    if (!held) return;
    tally('held');
    const { reservationId } = held;
    const ids = held.seats.map((seat) => seat.seatId);
    if (new Set(ids).size !== quantity) problems.push(`${quantity} wanted, got ${ids}`);
    await pause(160);
    const dice = Math.random();
    if (dice < 0.2) return void (await releaseReservation(using)({ reservationId }, me).then(() => tally('released')));
    if (dice < 0.35) return;
    const paymentId = newId();
    const result = await confirmSeat(using)({ reservationId, paymentId, seats: quantity }, payment);
    tally(result);
    if (result !== 'CONFIRMED') return;
    for (const id of ids) {
      if (owners.has(id)) problems.push(`place ${id} is sold to ${owners.get(id)} and ${paymentId}`);
      owners.set(id, paymentId);
    }
    await pause(80);
    for (const id of ids) owners.delete(id);
    expect(await returnSeats(using)({ reservationId, seatIds: ids }, payment)).toBe(quantity);
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
    run(() => reapExpired(deps.db, 250).then(() => pause(60))),
  ]);
  console.log(JSON.stringify(count));
  expect(problems).toEqual([]);
  for (const what of ['held', 'CONFIRMED', 'GONE', 'ADMISSION_SOLD_OUT', 'released']) expect(count[what], what).toBeGreaterThan(0);

  const lasting = { ...deps, holdTtlMs: 300_000 };
  const atRest = await eventually(async () => {
    const told = (await seatMap(deps)({ eventId: event.eventId }, asUser())).areas ?? [];
    expect(told.map(({ held }) => held)).toEqual([0, 0]); // the last holds end by themselves
    return told;
  });
  for (const { area, free } of atRest) {
    const single = () => holdAdmission(lasting)({ eventId: event.eventId, area, quantity: 1 }, asUser());
    expect(
      await Promise.allSettled(Array.from({ length: free + 1 }, single)).then((all) => all.filter(({ status }) => status === 'rejected')),
    ).toMatchObject([{ reason: { refusal: { code: 'ADMISSION_SOLD_OUT', details: { area, free: 0 } } } }]);
  }
  expect(await violations(deps.db)).toEqual(sound);
});
