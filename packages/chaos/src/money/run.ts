import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Chance, chanceOf } from '@boxoffice/testing/chance';
import type { ServiceProcess } from '@boxoffice/testing/system';
import { type BankNews, bankNews, tellBank } from '../bank.ts';
import { check } from '../checks/index.ts';
import { killOneOf, startAgain } from '../faults/processes.ts';
import { newHistory, type Violation } from '../history.ts';
import { soManyOrders } from '../orders.ts';
import { watchersOf } from '../watchers.ts';
import { services, startWorld, type World } from '../world.ts';
import { agree, endsOf, type Sums, sumsOf, undecidedOf } from './sums.ts';

export type MoneyRunOptions = { seed: number; orders: number; rate: number; say: (text: string) => void };
export type MoneyRunResult = {
  /** Orders that held a seat. */
  held: number;
  ends: Record<string, number>;
  kills: Record<string, number>;
  undecided: number;
  sums: Sums;
  news: BankNews;
  violations: Violation[];
  /** From the last fault until nothing was undecided and all books agreed, in seconds; undefined: it never was. */
  settledAfter: number | undefined;
  folder: string;
};

const quietWithinMs = 60_000;

/** So many orders at a bank that misbehaves while services are killed; then all is quiet, and every cent must be where it belongs. */
export async function moneyRun({ seed, orders, rate, say }: MoneyRunOptions): Promise<MoneyRunResult> {
  const chance = chanceOf(seed);
  const world = await startWorld({ events: 2, seats: orders, say });
  const history = newHistory();
  let kept = true; // logs, unless all went well
  const began = performance.now();
  let buying = true;
  const crowd = { world, history, watchers: watchersOf(), chance, now: () => performance.now() - began, stopping: () => !buying };
  try {
    say(`seed ${seed}: ${orders} orders at ${rate} a second`);
    const troubles = [badBank(world, chance.fork('bank'), () => buying), kill(world, chance.fork('kills'), { going: () => buying, say })] as const;
    const held = await soManyOrders(crowd, { orders, rate }).finally(() => {
      buying = false;
    });
    const [, kills] = await Promise.all(troubles);
    await tellBank(world, {});
    say('quiet: waiting until every payment is decided');
    const { settledAfter, violations } = await settled(world, history);
    const { sql } = world;
    const result = { held, kills, settledAfter, violations, ends: await endsOf(sql), undecided: await undecidedOf(sql), sums: await sumsOf(sql) };
    kept = !isGood(result);
    return { ...result, news: await bankNews(world), folder: world.folder };
  } finally {
    await world.stop();
    if (!kept) await rm(world.folder, { recursive: true, force: true });
  }
}

/** Nothing undecided, nothing contradicts itself, and three books say the same of every cent. */
export const isGood = ({ undecided, sums, violations, settledAfter }: Omit<MoneyRunResult, 'news' | 'folder'>): boolean =>
  undecided === 0 && agree(sums) && violations.length === 0 && settledAfter !== undefined;

/** Another weather every second; of twenty it is away for one. */
async function badBank(world: World, chance: Chance, going: () => boolean): Promise<void> {
  const webhooks = () => ({ lateMs: chance.between(0, 1_500), twice: 0.5, reordered: 0.3, forged: 0.2 });
  for (let second = 0, away = 0; going(); second++) {
    if (second % 20 === 0) away = second + chance.between(2, 19);
    await tellBank(world, {
      ...(second === away && { down: { forMs: 1_000 } }),
      lostReplies: 0.02,
      answersLateMs: chance.between(0, 1_200),
      webhooks: webhooks(),
    });
    await pause(1_000);
  }
}

/** kill -9 of one service after the other, payment and booking twice as often as any other. */
async function kill(
  world: World,
  chance: Chance,
  { going, say }: { going: () => boolean; say: (text: string) => void },
): Promise<Record<string, number>> {
  const fault = killOneOf([...services, 'payment', 'booking'] satisfies ServiceProcess[], 'kill -9 a service');
  const kills: Record<string, number> = {};
  await pause(1_000);
  while (going()) {
    const { on, end } = await fault.begin(world, chance);
    say(`kill -9 ${on}`);
    kills[on] = (kills[on] ?? 0) + 1;
    await pause(chance.between(...fault.lasts));
    await end();
    await pause(chance.between(200, 1_500));
  }
  for (const service of services) if (await hasEnded(world, service)) await startAgain(world, service);
  return kills;
}

const hasEnded = ({ system }: World, service: ServiceProcess): Promise<boolean> =>
  Promise.race([system.processes[service].exited.then(() => true), pause(0).then(() => false)]);

/** Looks every second until nothing is undecided or wrong, for a minute at most. */
async function settled(world: World, history: Parameters<typeof check>[1]): Promise<Pick<MoneyRunResult, 'violations' | 'settledAfter'>> {
  const began = performance.now();
  for (;;) {
    const undecided = await undecidedOf(world.sql);
    const violations = undecided === 0 ? await check(world.sql, history) : [];
    const afterMs = performance.now() - began;
    if (undecided === 0 && violations.length === 0 && agree(await sumsOf(world.sql)))
      return { violations, settledAfter: Math.round(afterMs / 100) / 10 };
    if (afterMs > quietWithinMs) return { violations: await check(world.sql, history), settledAfter: undefined };
    await pause(1_000);
  }
}
