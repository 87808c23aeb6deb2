import { expect, test } from 'vitest';
import { type Gauges, measurePool } from './measure-pool.ts';

test('tells what is in use, idle and waited for at each scrape, by the name of the database and nothing else of its URL', () => {
  const scrapes: (() => void)[] = [];
  const told: Record<string, number> = {};
  const metrics: Gauges = {
    gauge: (name, _help, _labels, collect) =>
      scrapes.push(() =>
        collect?.({
          set: (labels, value) => {
            told[`${name} ${Object.values(labels).join(' ')}`] = value;
          },
        }),
      ),
  };
  let state = { open: 3, inUse: 1, waiting: 0, max: 10 };
  measurePool({ url: 'postgres://role:secret@host:5432/booking', pool: () => state }, metrics);
  for (const scrape of scrapes) scrape();
  expect(told).toEqual({
    'boxoffice_pool_connections booking in-use': 1,
    'boxoffice_pool_connections booking idle': 2,
    'boxoffice_pool_connections_max booking': 10,
    'boxoffice_pool_waiting booking': 0,
  });
  state = { open: 10, inUse: 10, waiting: 7, max: 10 };
  for (const scrape of scrapes) scrape();
  expect(told).toMatchObject({ 'boxoffice_pool_connections booking idle': 0, 'boxoffice_pool_waiting booking': 7 });
});
