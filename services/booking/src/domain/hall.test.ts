import { paraninfo } from '@boxoffice/venues';
import { expect, it } from 'vitest';
import { hallOf } from './hall.ts';
import { parseSeatingPlan } from './seating-plan.ts';

const plan = parseSeatingPlan(paraninfo());
const hall = hallOf(
  plan.seats.map((seat, at) => ({ ...seat, seatId: `${at}` })),
  plan.categories,
);

it('has the rows of the real hall in plan order, each seat in exactly one run', () => {
  const runs = hall.rows.flatMap((row) => row.runs);
  expect(runs.reduce((sum, run) => sum + run.to - run.from, 0)).toBe(603);
  expect(runs.map((run) => run.from)).toEqual([0, ...runs.slice(0, -1).map((run) => run.to)]);
  expect(new Set(hall.rows.map((row) => row.section))).toEqual(new Set(plan.sections.keys()));
  expect([...hall.categories]).toEqual(plan.categories);
});

it('has an aisle between 1 and 2, and none between 1 and 3', () => {
  const rowC = hall.rows[2]?.runs.map(({ from, to }) => plan.seats.slice(from, to).map((seat) => seat.seatLabel)) ?? [];
  expect(rowC).toHaveLength(2);
  expect(rowC[0]?.slice(-2)).toEqual(['4', '2']);
  expect(rowC[1]?.slice(0, 2)).toEqual(['1', '3']);
});

it('may be empty', () => expect(hallOf([], []).rows).toEqual([]));
