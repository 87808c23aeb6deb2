import type * as machine from '@boxoffice/simulation/seat-machine';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { commands, type Model, type Real } from './seat-commands.ts';
import { expectSameRows, modelOf, realHouse, wipe } from './seat-rows.ts';
import { sound, violations } from './stage.ts';

const seed = Number(process.env.SEAT_MACHINE_SEED ?? Date.now() % 1_000_000_007);
const replay = process.env.SEAT_MACHINE_PATH ? { path: process.env.SEAT_MACHINE_PATH, endOnFailure: true } : {};

let real: Real;
beforeAll(async () => {
  real = await realHouse();
});

/** Plays sequences on the model and on Postgres; throws at the first difference, with the seed and the path that replay it. */
async function compare(runs: number, by: Partial<machine.Rules> = {}, parameters: fc.Parameters<[Iterable<fc.AsyncCommand<Model, Real>>]> = {}) {
  const tally = new Map<string, number>();
  const sequences = fc.commands(commands, { maxCommands: 40, size: 'max' });
  const property = fc.asyncProperty(sequences, async (sequence) => {
    await wipe(real);
    const model = modelOf(by, tally);
    await fc.asyncModelRun(() => ({ model, real }), sequence);
    await expectSameRows(real, model);
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
