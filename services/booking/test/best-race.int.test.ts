import { expect, it } from 'vitest';
import { claimsOver } from '../src/persistence/claims.ts';
import { buyAll, drawsOf } from './buyers.ts';
import { eventOnSale, freshDeps, holdAt, noLocks, planOf, refusalOf, secondDatabase, sound, violations } from './stage.ts';
import { falseNos, type HeardNo, seatingOf } from './together.ts';

const choosers = 64;
const namers = 24;
const perRow = 17;
const rows = 12;
const seed = 77;

it(`${choosers} choosers in two processes and ${namers} customers who name seats fill a hall, with Postgres alone: no false "no", no seat twice`, async () => {
  const one = await freshDeps({ locks: noLocks });
  const other = { ...one, claims: claimsOver(await secondDatabase(one.db)) };
  const event = await eventOnSale(one, { plan: planOf(rows, perRow), maxSeatsPerCustomer: 20 });
  const draw = drawsOf(seed);
  const heard: HeardNo[] = [];
  const chosen = Promise.all(
    Array.from({ length: choosers }, (_, n) => buyAll(n % 2 ? one : other, { eventId: event.eventId, size: () => draw(1, 6), atLeast: 1, heard })),
  );
  let named = 0;
  const name = async () => {
    for (let n = 0; n < 6; n += 1) {
      const from = draw(0, rows * perRow - 3);
      const told = await holdAt(one, event, [from, from + 2]).then(
        () => 'held',
        async (error) => (await refusalOf(Promise.reject(error))).code,
      );
      expect(['held', 'SEAT_ALREADY_HELD']).toContain(told);
      if (told === 'held') named += 1;
    }
  };
  await Promise.all(Array.from({ length: namers }, name));
  const groups = (await chosen).flat();
  console.log(JSON.stringify({ seed, groups: groups.length, named, noes: heard.length }));
  expect(await seatingOf(one.db, event.eventId)).toMatchObject({ groups: groups.length + named, splitGroups: named, free: 0 });
  expect(groups.reduce((sum, { seats }) => sum + seats, 2 * named)).toBe(rows * perRow);
  expect(await falseNos(one.db, event.eventId, heard)).toBe(0);
  expect(await violations(one.db)).toEqual(sound);
  expect(named).toBeGreaterThan(0);
  expect(heard.length).toBeGreaterThanOrEqual(choosers);
});
