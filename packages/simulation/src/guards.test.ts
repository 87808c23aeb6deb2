import { expect, test } from 'vitest';
import { type Guard, guards } from './guards.ts';
import { simulate } from './simulate.ts';

/** Histories that may pass before the missing guard is noticed; the rarest needs several hundred. */
const most = 2_000;
const names = Object.keys(guards) as Guard[]; // the keys of guards

test.each(names)(
  'without %s a promise is broken',
  async (guard) => {
    for (let seed = 1; seed <= most; seed++) {
      const { violations } = await simulate(seed, guard);
      if (violations.length === 0) continue;
      console.log(`without ${guard} (${guards[guard]}): seed ${seed}: ${violations[0]}`);
      return;
    }
    expect.fail(`${most} histories without "${guards[guard]}" broke nothing`);
  },
  120_000,
);
