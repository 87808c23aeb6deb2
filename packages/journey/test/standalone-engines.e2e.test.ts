import { holdTheSameSeats, organiserOf } from '@boxoffice/journey';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journeySuite } from './suite.ts';
import { type Engines, privateEngines, standaloneOn } from './topologies.ts';

describe('standalone on Postgres, Redis and Kafka by URL', () => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await privateEngines();
  });
  afterAll(() => engines?.stop());
  const { running } = journeySuite('standalone+engines', () => standaloneOn(engines), 300);

  test('with Redis stopped the same seats still have one winner each', async () => {
    const result = await holdTheSameSeats(running().url, await organiserOf(running().url), { beforeHolds: () => engines.redis.stop() });
    process.stdout.write(`  [standalone+engines, Redis stopped] ${JSON.stringify(result)}\n`);
    expect(result).toMatchObject({ winners: 10, soldTwice: 0, answers: { HELD: 10, SEAT_ALREADY_HELD: 90 } });
  });
});
