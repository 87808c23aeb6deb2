import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Chance, chanceOf } from '@boxoffice/testing/chance';
import { tellBank } from './bank.ts';
import { check } from './checks/index.ts';
import { orderPerKey } from './checks/order-per-key.ts';
import { customer } from './customers.ts';
import type { Fault } from './faults/index.ts';
import { startAgain } from './faults/processes.ts';
import { newHistory, type Violation } from './history.ts';
import { type Ledger, ledgerOf } from './ledger.ts';
import { orders } from './orders.ts';
import { watchersOf } from './watchers.ts';
import { holdMs, services, startWorld, type World } from './world.ts';

export type RunOptions = {
  seed: number;
  seconds: number;
  faults: readonly Fault[];
  customers: number;
  /** Orders per second at a constant rate instead of customers who do as they like. */
  rate?: number | undefined;
  /** Reapers at once; 0: none in the whole run. */
  reapers: number;
  say: (text: string) => void;
};

export type RunResult = {
  operations: Record<string, Record<string, number>>;
  /** Faults injected, by class and name. */
  faults: Record<string, number>;
  violations: Violation[];
  ledger: Ledger;
  /** Resident memory of each process after it, in MB. */
  memory: Record<string, number>;
  /** How long it took from the last fault until everything was settled, in seconds; undefined: it never was. */
  convergedAfter: number | undefined;
  /** Where the services' logs are, when a promise was broken. */
  folder: string;
};

const convergeWithinMs = 60_000;

/** Customers buy and faults are injected for a while; then both stop, and within a minute all must be settled and true. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { seed, seconds, say } = options;
  const chance = chanceOf(seed);
  // Booking has a reaper of its own beside the CronJob's.
  const env = options.reapers === 0 ? { REAP_EVERY_MS: '86400000' } : {};
  const world = await startWorld({ ...hallsFor(options), say, env });
  const history = newHistory();
  let kept = true; // logs, unless all went well
  const began = performance.now();
  const now = () => performance.now() - began;
  const stopping = () => now() > seconds * 1000;
  try {
    say(`seed ${seed}: customers and faults for ${seconds} s`);
    const watchers = watchersOf();
    const crowd = { world, history, watchers, now, stopping, chance };
    const buying = options.rate
      ? [orders(crowd, options.rate)]
      : Array.from({ length: options.customers }, (_, n) => customer(crowd, `customer ${n}`));
    const reaping = reap(world, options.reapers, stopping);
    const injected = await inject(world, { ...options, chance: chance.fork('faults'), now, stopping });
    await Promise.all([...buying, reaping]);
    say('quiet: waiting until everything is settled');
    const { violations, convergedAfter } = await settled(world, history);
    const order = await orderPerKey(world);
    say(`the order of ${order.compared} messages that share a key with others was compared`);
    violations.push(...order.violations, ...(await watchers.converged(world.sql)), ...(await stillSells(world)));
    const ledger = await ledgerOf(world.sql, history);
    kept = violations.length > 0;
    return { operations: history.table(), faults: injected, violations, ledger, memory: await memoryOf(world), convergedAfter, folder: world.folder };
  } finally {
    await world.stop();
    if (!kept) await rm(world.folder, { recursive: true, force: true });
  }
}

/** Seats for everybody until the end: at most about 60 are sold in a second. */
function hallsFor({ seconds, rate }: RunOptions): { events: number; seats: number } {
  const wanted = Math.max(2_000, Math.ceil(seconds * (rate ? rate * 1.5 : 60)));
  const events = Math.max(2, Math.ceil(wanted / 20_000));
  return { events, seats: Math.ceil(wanted / events) };
}

type Injection = RunOptions & { chance: Chance; now: () => number; stopping: () => boolean };

/** One fault after the other, drawn from the seed: each once before any comes again. */
async function inject(world: World, { faults, chance, now, stopping, seconds, say }: Injection): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let bag: Fault[] = [];
  await pause(Math.min(3_000, seconds * 100));
  while (!stopping()) {
    if (faults.length === 0) {
      await pause(200);
      continue;
    }
    if (bag.length === 0) bag = [...faults];
    const fault = chance.oneOf(bag);
    bag.splice(bag.indexOf(fault), 1);
    const own = chance.fork(`${fault.name} ${Object.values(counts).reduce((sum, count) => sum + count, 0)}`);
    const ms = own.between(...fault.lasts);
    const at = (now() / 1000).toFixed(1);
    try {
      const { on, end } = await fault.begin(world, own);
      say(`${at} s  ${fault.class} ${fault.name}: ${on}, ${ms} ms`);
      await pause(ms);
      await end();
      const name = `${fault.class} ${fault.name}`;
      counts[name] = (counts[name] ?? 0) + 1;
    } catch (error) {
      say(`${at} s  ${fault.class} ${fault.name} could not be made: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    }
    await heal(world);
    await pause(chance.between(200, 1_500));
  }
  return counts;
}

/** Whatever a fault left behind: clear ways, running services. */
async function heal(world: World): Promise<void> {
  for (const proxy of world.proxies.values()) proxy.set({});
  await tellBank(world, {}).catch(() => {}); // its fault has told it; this is for one that could not
  for (const service of services) {
    const { exited } = world.system.processes[service];
    const gone = await Promise.race([exited.then(() => true), pause(0).then(() => false)]);
    if (gone) await startAgain(world, service);
  }
}

/** What the CronJob does, by as many at once as there are. */
async function reap(world: World, reapers: number, stopping: () => boolean): Promise<void> {
  while (reapers > 0 && !stopping()) {
    await Promise.all(Array.from({ length: reapers }, () => world.system.run('booking', 'reap').catch(() => {}))); // it may be its turn while the database is away
    await pause(5_000);
  }
}

/** Asks again and again until nothing is wrong, for a minute at most; what is wrong then is a violation. */
async function settled(world: World, history: Parameters<typeof check>[1]): Promise<{ violations: Violation[]; convergedAfter: number | undefined }> {
  const began = performance.now();
  let violations: Violation[] = [];
  while (performance.now() - began < convergeWithinMs) {
    violations = await check(world.sql, history);
    if (violations.length === 0) return { violations, convergedAfter: Math.round((performance.now() - began) / 100) / 10 };
    if (violations.length === history.violations.length) break; // what a client saw does not become untrue
    await pause(1_000);
  }
  return { violations, convergedAfter: undefined };
}

async function memoryOf({ system }: World): Promise<Record<string, number>> {
  const sizes = services.map(async (service) => [service, Math.round((await system.processes[service].rss()) / 2 ** 20)] as const);
  return Object.fromEntries(await Promise.all(sizes));
}

/** No hold that is over keeps a seat from being sold: somebody new gets a seat of every event. */
async function stillSells(world: World): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const { eventId } of world.events) {
    const free = await world.sql<{ id: string }>(
      'booking',
      `SELECT id::text FROM seats WHERE event_id = $1 AND row_label <> '' AND status = 'AVAILABLE' AND (held_until IS NULL OR held_until < now()) ORDER BY held_until DESC NULLS LAST LIMIT 5`,
      [eventId],
    );
    if (free.length === 0) continue;
    const hold = () =>
      world.door.client.booking.holdSeats.mutate({ eventId, seatIds: free.map(({ id }) => id) }).then(
        () => undefined,
        (error: unknown) => String(error),
      );
    let held = await hold();
    for (const end = performance.now() + holdMs; held && performance.now() < end; held = await hold()) await pause(500); // a stale Redis may know old locks
    if (held) violations.push({ invariant: 'liveness', what: `free seats of ${eventId} cannot be held: ${held}` });
  }
  return violations;
}
