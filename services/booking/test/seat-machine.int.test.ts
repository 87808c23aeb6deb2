import * as machine from '@boxoffice/simulation/seat-machine';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { commands, type Model, minutesFrom, type Real } from './seat-commands.ts';
import { eventOnSale, freshDeps, noLocks, planOf, sound, violations } from './stage.ts';

const seed = Number(process.env.SEAT_MACHINE_SEED ?? Date.now() % 1_000_000_007);
const replay = process.env.SEAT_MACHINE_PATH ? { path: process.env.SEAT_MACHINE_PATH, endOnFailure: true } : {};
const limit = 4;

let real: Real;
beforeAll(async () => {
  const deps = await freshDeps({ locks: noLocks });
  real = { deps, event: await eventOnSale(deps, { plan: planOf(1, 5), maxSeatsPerCustomer: limit }) };
});

/** Before a sequence: nobody has ever held anything. */
const wipe = () =>
  real.deps.db.pipeline([
    { text: 'DELETE FROM seat_reservations', values: [] },
    { text: `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, held_by = NULL, held_until = NULL`, values: [] },
    { text: `UPDATE events SET status = 'PUBLISHED', cancelled_at = NULL`, values: [] },
  ]);

type SeatRow = { id: string; status: string; reservationId: string | null; heldBy: string | null; heldUntil: Date | null };
type EntryRow = Omit<machine.Entry, 'expiresAt'> & { expiresAt: Date };

async function expectSameRows({ house, now }: Model): Promise<void> {
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

/** Plays sequences on the model and on Postgres; throws at the first difference, with the seed and the path that replay it. */
async function compare(runs: number, by: Partial<machine.Rules> = {}, parameters: fc.Parameters<[Iterable<fc.AsyncCommand<Model, Real>>]> = {}) {
  const tally = new Map<string, number>();
  const sequences = fc.commands(commands, { maxCommands: 40, size: 'max' });
  const property = fc.asyncProperty(sequences, async (sequence) => {
    await wipe();
    const model: Model = { house: machine.createHouse(['0', '1', '2', '3', '4'], limit, { ...machine.rules, ...by }), now: 0, tally };
    await fc.asyncModelRun(() => ({ model, real }), sequence);
    await expectSameRows(model);
    expect(await violations(real.deps.db)).toEqual(sound);
  });
  await fc.assert(property, { numRuns: runs, seed, ...parameters });
  return tally;
}

it('the model and the statements give the same answers and leave the same rows, whatever several customers do', async () => {
  const tally = await compare(200, {}, replay);
  console.log(`seat machine, seed ${seed} (replay: SEAT_MACHINE_SEED=${seed}):`, JSON.stringify(Object.fromEntries([...tally].sort())));
  // The sequences get everywhere.
  for (const answer of ['HELD', 'TAKEN', 'KNOWN', 'CLOSED']) expect(tally.get(`lose ${answer}`), answer).toBeGreaterThan(0);
  for (const answer of ['CONFIRMED', 'OTHER', 'GONE']) expect(tally.get(`settle ${answer}`), answer).toBeGreaterThan(0);
  for (const what of ['confirm true', 'confirm false', 'release true', 'give-back true', 'reap true'])
    expect(tally.get(what), what).toBeGreaterThan(0);
}, 120_000); // about 6 s on an idle machine

it.each<[string, Partial<machine.Rules>]>([
  ['takes seats whose hold still runs', { claimable: (seat) => seat.status === 'AVAILABLE' }],
  ['takes seats that are sold or blocked', { claimable: (seat, at) => seat.heldUntil === null || seat.heldUntil <= at }],
  ['never takes over', { claimable: (seat) => seat.status === 'AVAILABLE' && seat.heldUntil === null }],
  ['confirms holds whose time is over', { live: () => true }],
  ['has no fence', { heldFor: (seat) => seat.status === 'AVAILABLE' }],
])('a model that %s is told from the statements', async (_, wrong) => {
  await expect(compare(300, wrong, { endOnFailure: true })).rejects.toThrow(/Property failed/);
});
