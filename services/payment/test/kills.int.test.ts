import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { generateServiceKeys } from '@boxoffice/service-kit';
import { chanceOf } from '@boxoffice/testing/chance';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BankName, banks } from './kills/banks.ts';
import { allCells, type Cell, drivers, pointsOf, someOf } from './kills/cells.ts';
import { type Lane, openLane } from './kills/lane.ts';
import { scenarios } from './scenarios.ts';

// `npm run test:kills` runs the whole table; `npm test` draws a few cells of it.
const { KILLS = '12', KILLS_SEED = String(Math.floor(Math.random() * 1_000_000)), KILLS_ONLY = '' } = process.env;
const whole = KILLS === 'all';
const seed = Number(KILLS_SEED);
const wanted = (cell: { name: string }) => cell.name.includes(KILLS_ONLY);

let keys: string;
beforeAll(async () => {
  keys = await mkdtemp(path.join(os.tmpdir(), 'boxoffice-kills-'));
  await generateServiceKeys(keys);
});
afterAll(() => rm(keys, { recursive: true }));

/** Three at once: a process that starts keeps a core for a second or two, and dies in a few milliseconds. */
async function inLanes<T>(bank: BankName, todo: readonly T[], work: (lane: Lane, one: T) => Promise<void>): Promise<void> {
  const queue = [...todo];
  const lanes = await Promise.all(Array.from({ length: Math.min(3, todo.length) }, () => openLane({ bank, keys, ahead: 1 })));
  try {
    await Promise.all(
      lanes.map(async (lane) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(lane, next);
      }),
    );
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

const kinds = Object.entries(scenarios).flatMap(([scenario, how]) => drivers.map((driver) => ({ scenario, how, driver })));

it.each(Object.keys(banks) as BankName[])('%s: the table knows every call and every commit of a payment', { timeout: 600_000 }, async (bank) => {
  const chance = chanceOf(seed);
  const some = whole ? kinds : [chance.oneOf(kinds)];
  await inLanes(bank, some, async (lane, { scenario, how, driver }) => {
    const points = await lane.pointsOf({ bank, scenario, driver });
    expect(points, `${scenario}, ${driver}`).toEqual(pointsOf(how, driver).map((point) => (point.startsWith('the commit') ? 'commit' : point)));
  });
});

it.each(Object.keys(banks) as BankName[])(
  `%s: killed before or after any call or commit, a payment ends as tickets or as money back, never as both, never as neither (seed ${seed})`,
  { timeout: 3_600_000 },
  async (bank) => {
    const table = allCells(bank).filter(wanted);
    const cells = whole ? table : someOf(table, Number(KILLS), chanceOf(seed));
    const unsound: string[] = [];
    const ends: Record<string, number> = {};
    await inLanes<Cell>(bank, cells, async (lane, cell) => {
      const end = await lane.run(cell).catch((error: unknown) => {
        unsound.push(`${cell.name}: ${error instanceof Error ? error.message : String(error)}`);
        return 'UNSOUND';
      });
      ends[end] = (ends[end] ?? 0) + 1;
      if (whole) console.log(`${end.padEnd(11)} ${cell.name}`);
    });
    console.log(`${bank}, seed ${seed}: ${cells.length} cells of ${table.length}, ${unsound.length} unsound ${JSON.stringify(ends)}`);
    expect(unsound).toEqual([]);
  },
);
