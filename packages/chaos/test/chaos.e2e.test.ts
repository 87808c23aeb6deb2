import { expect, test } from 'vitest';
import { faults } from '../src/faults/index.ts';
import { run } from '../src/run.ts';

const seconds = Number(process.env.CHAOS_SECONDS ?? 180);
const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1_000_000));

test(`${seconds} s of customers and faults, seed ${seed}: every promise is kept, and all is settled within a minute`, async () => {
  const result = await run({ seed, seconds, faults, customers: 24, reapers: 1, say: () => {} });
  console.log(`seed ${seed}: ${JSON.stringify(result.operations)} ${JSON.stringify(result.faults)}, settled after ${result.convergedAfter} s`);
  expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
  expect(Object.keys(result.faults).length).toBeGreaterThan(Math.min(5, seconds / 20));
  expect(result.operations['confirm payment']?.ok).toBeGreaterThan(seconds);
}, 600_000);
