import { connectRedis, type RedisConnection } from '@boxoffice/redis';
import { newId } from '@boxoffice/service-kit';
import { asServiceCaller, eventually, redisUrl } from '@boxoffice/testing';
import { paraninfo } from '@boxoffice/venues';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { redisSeatLocks } from '../src/persistence/redis-seat-locks.ts';
import { confirmSeat } from '../src/use-cases/confirm-seat.ts';
import { inventory } from '../src/use-cases/inventory.ts';
import { type Bought, buyAll, drawsOf } from './buyers.ts';
import { eventOnSale, freshDeps, silent, sound, violations } from './stage.ts';
import { falseNos, type HeardNo, seatingOf } from './together.ts';

const seed = 20261125;
const buyers = 50;
const payment = asServiceCaller('payment');

let redis: RedisConnection;
beforeAll(async () => {
  redis = connectRedis({ url: redisUrl(), logger: silent });
  await eventually(() => expect(redis.available()).toBe(true));
});
afterAll(() => redis.close());

it(`${buyers} buyers at once sell out the Paraninfo: nobody is split up, nobody hears "no" while there is room`, async () => {
  const deps = await freshDeps({ locks: redisSeatLocks(redis, { logger: silent }) });
  const event = await eventOnSale(deps, { plan: paraninfo(), maxSeatsPerCustomer: 20 });
  const draw = drawsOf(seed);
  const heard: HeardNo[] = [];
  const pay = ({ reservationId, seats }: Bought) => confirmSeat(deps)({ reservationId, paymentId: newId(), seats }, payment);
  const everybody = async (size: () => number, atLeast: number) =>
    (await Promise.all(Array.from({ length: buyers }, () => buyAll(deps, { eventId: event.eventId, size, atLeast, heard, onHeld: pay })))).flat();

  const groups = await everybody(() => draw(2, 5), 2);
  const between = await seatingOf(deps.db, event.eventId);
  expect(between).toMatchObject({ groups: groups.length, splitGroups: 0, togetherFree: 0 });
  expect(await falseNos(deps.db, event.eventId, heard)).toBe(0);

  const singles = await everybody(() => 1, 1);
  console.log(JSON.stringify({ seed, groups: groups.length, noes: heard.length, orphans: between?.aloneFree, singles: singles.length }));
  expect(singles).toHaveLength(between?.aloneFree ?? Number.NaN);
  expect(await seatingOf(deps.db, event.eventId)).toMatchObject({ splitGroups: 0, free: 0 });
  expect(await falseNos(deps.db, event.eventId, heard)).toBe(0);
  expect((await inventory(deps)({ eventId: event.eventId }, event.manager)).total).toMatchObject({ available: 0, sold: 603, capacity: 603 });
  expect(await violations(deps.db)).toEqual(sound);
  // The check itself sees a wrong answer: five neighbours were free before the first hold.
  expect(await falseNos(deps.db, event.eventId, [{ quantity: 5, at: 0 }])).toBe(1);
});
