import { type Database, query, type Statement, type Tx } from '@boxoffice/postgres';
import type * as machine from '@boxoffice/simulation/seat-machine';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { claimsOver } from '../src/persistence/claims.ts';
import { type Model, type Play, prelude, type Real, rivals } from './seat-commands.ts';
import { expectSameRows, modelOf, realHouse, wipe } from './seat-rows.ts';

// Always the same unless told otherwise: few pairs meet on a seat, and the run must have some.
const seed = Number(process.env.SEAT_MACHINE_SEED ?? 652_945_149);
const replay = process.env.SEAT_MACHINE_PATH ? { path: process.env.SEAT_MACHINE_PATH, endOnFailure: true } : {};

let real: Real;
beforeAll(async () => {
  real = await realHouse();
});

/** The same statements in a transaction that stays open. */
function within(tx: Tx): Real {
  const orm = { driver: { getConnection: () => ({ getClient: () => tx.getKysely() }) } };
  const pipeline = async (statements: readonly Statement[]) => {
    const rows: unknown[][] = [];
    for (const { text, values } of statements) rows.push(await query(tx, text, values));
    return rows;
  };
  const db = { orm, pipeline, transaction: (work: (tx: Tx) => unknown) => work(tx) } as unknown as Database; // what the statements use of it
  return { ...real, deps: { ...real.deps, db, claims: claimsOver(db) } };
}

type Meeting = 'never met' | 'queued for the customer' | 'waited for a seat';

/** How the second gets on while the first has not committed: it finishes, or waits for the customer's lock, or for a row. */
async function meeting(second: Promise<unknown>): Promise<Meeting> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  second.then(done, done);
  for (;;) {
    const [waiting] = await real.deps.db.query<{ on: string }>(
      `SELECT wait_event AS on FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (waiting) return waiting.on === 'advisory' ? 'queued for the customer' : 'waited for a seat';
    if (isDone) return 'never met';
  }
}

/** Answers, or the fault that rolled it back. */
const outcome = (answer: Promise<unknown>) =>
  answer.catch((error: Error) => (error.message.includes('disagrees') ? 'history disagrees' : Promise.reject(error)));
const outcomeOf = (carryOut: () => unknown) => outcome((async () => carryOut())());

async function onPostgres(first: Play, second: Play, model: Model) {
  let behind: Promise<unknown> | undefined;
  let how: Meeting = 'never met';
  const before = await real.deps.db.transaction(async (tx) => {
    const answer = await first.onReal(within(tx), model);
    behind = outcome(second.onReal(real, model));
    how = await meeting(behind);
    return answer;
  });
  return { before, behind: await behind, how };
}

/** The order that Postgres gave them, on the model. */
async function onModel(first: Play, second: Play, { model, how }: { model: Model; how: Meeting }) {
  const carryOutFirst = first.look(model);
  if (how === 'queued for the customer') return { before: carryOutFirst(), behind: await outcomeOf(() => second.look(model)()), how };
  const carryOutSecond = second.look(model);
  if (how === 'waited for a seat') return { before: carryOutFirst(), behind: await outcomeOf(carryOutSecond), how };
  const behind = await outcomeOf(carryOutSecond); // it was done before the first committed
  return { before: carryOutFirst(), behind, how };
}

async function compare(runs: number, by: Partial<machine.Rules> = {}, parameters: { endOnFailure?: boolean; path?: string } = {}) {
  const tally = new Map<string, number>();
  const property = fc.asyncProperty(prelude, rivals, rivals, async (steps, first, second) => {
    await wipe(real);
    const model = modelOf(by, new Map());
    for (const step of steps) await step.run(model, real);
    const found = await onPostgres(first, second, model);
    expect(found, [...steps, first.name, second.name].join(' | ')).toEqual(await onModel(first, second, { model, how: found.how }));
    await expectSameRows(real, model);
    tally.set(found.how, (tally.get(found.how) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: runs, seed, ...parameters });
  return tally;
}

it('two statements that meet leave what the model leaves when one looks, the other commits, and the first carries out', async () => {
  const tally = await compare(250, {}, replay);
  console.log(`seat interleavings, seed ${seed} (replay: SEAT_MACHINE_SEED=${seed}):`, JSON.stringify(Object.fromEntries(tally)));
  for (const how of ['never met', 'queued for the customer', 'waited for a seat'] satisfies Meeting[]) expect(tally.get(how), how).toBeGreaterThan(0);
}, 120_000);

it('a model without the fence is told from the statements', async () => {
  const wrong = compare(1_000, { heldFor: (seat) => seat.status === 'AVAILABLE' }, { endOnFailure: true });
  await expect(wrong).rejects.toThrow(/Property failed/);
}, 120_000);
