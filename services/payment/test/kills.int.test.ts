import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { generateServiceKeys } from '@boxoffice/service-kit';
import { chanceOf } from '@boxoffice/testing/chance';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BankName } from './banks.ts';
import { type Cell, cellsOf, kindsAt, pointsAtTestProvider } from './kills/cells.ts';
import { type Lane, openLane } from './kills/lane.ts';
import { scenarios } from './scenarios.ts';

// `npm run test:kills` runs the whole table; `npm test` draws some kinds of payments and two cells of each.
const { KILLS = '', KILLS_SEED = '', KILLS_ONLY = '' } = process.env;
const whole = KILLS === 'all';
const seed = Number(KILLS_SEED || Math.floor(Math.random() * 1_000_000));

let keys: string;
beforeAll(async () => {
  keys = await mkdtemp(path.join(os.tmpdir(), 'boxoffice-kills-'));
  await generateServiceKeys(keys);
});
afterAll(() => rm(keys, { recursive: true }));

/** Three at once: a process that starts keeps a core for a second or two, and dies in a few milliseconds. */
async function inLanes<In, Out>(bank: BankName, todo: readonly In[], work: (lane: Lane, one: In) => Promise<Out>): Promise<Out[]> {
  const queue = [...todo.entries()];
  const done: Out[] = [];
  const lanes = await Promise.all(Array.from({ length: Math.min(3, todo.length) }, () => openLane({ bank, keys, ahead: 1 })));
  try {
    await Promise.all(
      lanes.map(async (lane) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) done[next[0]] = await work(lane, next[1]);
      }),
    );
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  return done;
}

it.each<{ bank: BankName; kinds: number }>([
  { bank: 'test', kinds: 3 },
  { bank: 'stripe', kinds: 2 },
])(
  `$bank: killed before or after any call or commit, a payment ends as tickets or as money back, never as both, never as neither (seed ${seed})`,
  { timeout: 3_600_000 },
  async ({ bank, kinds: some }) => {
    const chance = chanceOf(seed).fork(bank);
    const kinds = whole ? kindsAt(bank) : drawn(kindsAt(bank), some);
    const tables = await inLanes(bank, kinds, async (lane, kind) => {
      const points = await lane.pointsOf(kind);
      const how = scenarios[kind.scenario];
      if (bank === 'test' && how) expect(points, `${kind.scenario}, ${kind.driver}`).toEqual(pointsAtTestProvider(how, kind.driver));
      return cellsOf(kind, points);
    });
    const cells = tables.flatMap((table) => (whole ? table : drawn(table, 2))).filter(({ name }) => name.includes(KILLS_ONLY));
    const unsound: string[] = [];
    const ends: Record<string, number> = {};
    await inLanes(bank, cells, async (lane, cell: Cell) => {
      const end = await lane.run(cell).catch((error: unknown) => {
        unsound.push(`${cell.name}: ${error instanceof Error ? error.message : String(error)}`);
        return 'UNSOUND';
      });
      ends[end] = (ends[end] ?? 0) + 1;
      if (whole) console.log(`${end.padEnd(11)} ${cell.name}`);
    });
    console.log(`${bank}, seed ${seed}: ${cells.length} cells, ${unsound.length} unsound ${JSON.stringify(ends)}`);
    expect(unsound).toEqual([]);

    function drawn<T>(all: readonly T[], count: number): T[] {
      const bag = [...all];
      return Array.from({ length: Math.min(count, bag.length) }, () => bag.splice(chance.between(0, bag.length - 1), 1)).flat();
    }
  },
);
