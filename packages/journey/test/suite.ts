import { holdTheSameSeats, organiserOf, runJourney } from '@boxoffice/journey';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printed, printMemory, printTable } from './print.ts';
import { type Topology, webhookSecret } from './topologies.ts';

/** What every topology must do, told by nothing but its URL. `limitMb` bounds each process of ours after the journey. */
export function journeySuite<T extends Topology>(name: string, start: () => Promise<T>, limitMb: number): { running(): T } {
  let topology: T | undefined;
  const running = () => {
    if (!topology) throw new Error(`${name} did not start`);
    return topology;
  };
  beforeAll(async () => {
    topology = await start();
    process.stdout.write(`  [${name}] ready in ${topology.readyMs} ms at ${topology.url}\n`);
  });
  afterAll(() => topology?.stop());

  test('from a seating plan file to a checked-in ticket', async () => {
    const report = printed(name);
    await runJourney({ url: running().url, report, webhookSecret });
    printTable(report);
    const memory = await running().memory();
    printMemory(name, memory);
    for (const [process, bytes] of Object.entries(memory))
      expect({ process, withinLimit: bytes < limitMb * 1024 * 1024 }).toEqual({ process, withinLimit: true });
  });

  test('100 customers hold the same 10 seats: 10 winners, 90 times SEAT_ALREADY_HELD', async () => {
    const result = await holdTheSameSeats(running().url, await organiserOf(running().url));
    process.stdout.write(`  [${name}] ${JSON.stringify(result)}\n`);
    expect(result).toMatchObject({ winners: 10, soldTwice: 0, answers: { HELD: 10, SEAT_ALREADY_HELD: 90 } });
  });
  return { running };
}
