import { expect, test } from 'vitest';
import { arena, paraninfo } from './index.ts';

const seatsOf = (plan: ReturnType<typeof paraninfo>) => plan.zones.flatMap((zone) => zone.rows.flatMap((row) => row.seats));

test('the Paraninfo has 603 seats, each with an id of its own', () => {
  const seats = seatsOf(paraninfo());
  expect(seats).toHaveLength(603);
  expect(new Set(seats.map((seat) => seat.seat_guid)).size).toBe(603);
});

test('an arena has about the wanted size and is the same each time', () => {
  expect(seatsOf(arena(20_000))).toHaveLength(20_000);
  expect(new Set(seatsOf(arena(20_000)).map((seat) => seat.seat_guid)).size).toBe(20_000);
  expect(JSON.stringify(arena(2_000))).toBe(JSON.stringify(arena(2_000)));
});
