import { createMetrics } from '@boxoffice/service-kit';
import { expect, test } from 'vitest';
import { eventOnSale, expire, freshDeps, holdAt } from '../test/stage.ts';
import { measureSeats, measureUnreaped } from './metrics.ts';
import { blockSeats } from './use-cases/block-seats.ts';
import { reapExpired } from './use-cases/reap-expired.ts';

const samplesOf = async (text: Promise<string>, name: string) => (await text).split('\n').filter((line) => line.startsWith(name));

test('seats are counted by state over the events on sale: drafts do not count, a hold that is over is free', async () => {
  const deps = await freshDeps();
  const event = await eventOnSale(deps); // 50 seats
  await eventOnSale(deps, { draft: true });
  await eventOnSale(deps, { onSaleFrom: new Date(Date.now() + 3_600_000).toISOString() });
  await holdAt(deps, event, [0, 1, 2]);
  await expire(deps.db, (await holdAt(deps, event, [3])).reservationId);
  await blockSeats(deps)({ eventId: event.eventId, seatIds: event.seats.slice(10, 12) }, event.manager);
  await deps.db.query(`UPDATE seats SET status = 'SOLD', reservation_id = gen_random_uuid(), held_by = gen_random_uuid() WHERE id = $1`, [
    event.seats[20],
  ]);
  const metrics = createMetrics('booking');
  measureSeats(deps.db, metrics);
  const told = [
    'boxoffice_seats{status="available"} 44',
    'boxoffice_seats{status="held"} 3',
    'boxoffice_seats{status="sold"} 1',
    'boxoffice_seats{status="blocked"} 2',
  ];
  expect(await samplesOf(metrics.text(), 'boxoffice_seats{')).toEqual(told);
  await holdAt(deps, event, [4]);
  expect(await samplesOf(metrics.text(), 'boxoffice_seats{')).toEqual(told); // counted twice a minute at most
});

test('what the reaper has still to do is told with the age of the oldest, and is nothing when it has been there', async () => {
  const deps = await freshDeps();
  const event = await eventOnSale(deps);
  const metrics = createMetrics('booking');
  measureUnreaped(deps.db, metrics);
  const unreaped = async () => {
    const lines = await samplesOf(metrics.text(), 'boxoffice_reservations_expired_unreaped');
    return Object.fromEntries(lines.map((line) => line.split(' '))) as Record<string, string>;
  };
  await expire(deps.db, (await holdAt(deps, event, [0, 1])).reservationId); // a minute ago
  const waiting = await unreaped();
  expect(waiting.boxoffice_reservations_expired_unreaped).toBe('2');
  expect(Number(waiting.boxoffice_reservations_expired_unreaped_oldest_seconds)).toBeGreaterThanOrEqual(60);
  await reapExpired(deps)();
  expect(await unreaped()).toEqual({ boxoffice_reservations_expired_unreaped: '0', boxoffice_reservations_expired_unreaped_oldest_seconds: '0' });
});
