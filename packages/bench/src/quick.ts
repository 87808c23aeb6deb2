import { freePort } from '@boxoffice/testing/ports';
import { startProcess } from '@boxoffice/testing/process';
import { type Baseline, listens, startBaseline } from './baseline/index.ts';
import { postgresCeiling } from './ceilings/postgres.ts';
import { redisCeiling } from './ceilings/redis.ts';
import { watchCpu } from './cpu.ts';
import { type Figures, inTurn, type Lane, type Measured } from './lanes.ts';
import type { LoadRequest, LoadResult } from './loader/index.ts';
import type { Event, Product } from './product.ts';
import { median, rounded } from './statistics.ts';
import { closed, expectRows, mostPerSecond, type Supply, seatSupply, takenSeat, warmUp } from './supply.ts';
import { portOf, type World } from './world.ts';

/** The three ratios that decide. */
export type Ratios = { gatewayVsBaseline: number; bookingVsCeiling: number; hotRefusalsVsEcho: number };

/** Medians of the rounds' ratios, not ratios of medians: the machine is as fast for all lanes of a round, and may be half as fast in the next one. */
export const ratiosOf = (figures: Figures): Ratios => ({
  gatewayVsBaseline: ratioOf(figures, 'gateway', 'baseline'),
  bookingVsCeiling: ratioOf(figures, 'booking', lowestCeiling(figures)),
  hotRefusalsVsEcho: ratioOf(figures, 'hot refusals', 'echo'),
});

function ratioOf(figures: Figures, lane: string, other: string): number {
  const beside = figures.rounds(other);
  return rounded(median(figures.rounds(lane).map(({ perSecond }, round) => perSecond / (beside[round]?.perSecond ?? Number.NaN))));
}

/** Of the lanes of what cannot be passed the one with the lowest median. */
export const lowestCeiling = (figures: Figures): string =>
  ['echo', 'redis', 'postgres'].reduce((low, name) => (figures.median(name) < figures.median(low) ? name : low));

type Stage = {
  world: World;
  baseline: Baseline;
  echoPort: number;
  supply: Supply;
  /** For the ceiling of Postgres alone: a round each, which ends early where its seats do. */
  spares: Event[];
  /** Holds of a seat that is taken. */
  hot: LoadRequest[];
  old: LoadRequest[];
  seconds: number;
};

/** Measures product, baseline and ceilings in turn; throws when a database does not hold what was answered. */
export async function quick(
  world: World,
  product: Product,
  options: { rounds: number; seconds: number; say: (text: string) => void },
): Promise<Figures> {
  const { rounds, seconds, say } = options;
  say('starting the baseline and the echo; making events and customers');
  const echoPort = await freePort();
  const echo = startProcess({ name: 'echo', script: 'packages/bench/src/ceilings/echo.ts', env: { PORT: String(echoPort) } });
  const [baseline] = await Promise.all([startBaseline(world), listens(echoPort, { echo })]);
  const supply = await seatSupply(product, world.customers.tokens, Math.ceil((seconds + 1.3) * rounds * mostPerSecond));
  const spares: Event[] = [];
  for (let round = 0; round < rounds; round++) spares.push(await product.event(Math.min(100_000, Math.ceil(seconds * mostPerSecond))));
  const old = await baseline.holds(Math.ceil((seconds + 1.5) * rounds * 2_000), 5_000);
  const taken = await takenSeat(world, supply);
  const hot = (await world.customers.tokens(500)).map((token) => ({ ...taken, token }));
  const stage: Stage = { world, baseline, echoPort, supply, spares, old, seconds, hot };
  const latency = await warmUp(world, supply.tokens, taken);
  say(`warmed up; p99 ${latency.p99.toFixed(1)} ms`);
  const figures = await inTurn(lanesOf(stage), rounds, say);
  await supply.check();
  await Promise.all([baseline.stop(), echo.kill()]);
  return figures;
}

function lanesOf(stage: Stage): Lane[] {
  const { world, baseline, supply, seconds } = stage;
  const run = async (
    port: number,
    requests: LoadRequest[],
    options: { again?: boolean; warmUp: number },
  ): Promise<Measured & { load: LoadResult }> => {
    const cpu = watchCpu({ ...world.pids(), ...baseline.pids });
    const load = await world.loader.run({ ...closed, ...options, port, requests, seconds });
    if (load.exhausted) throw new Error('more requests were answered than were made: the machine is faster than expected');
    return { perSecond: load.ok / load.seconds, load, cpu: cpu.split() };
  };
  const holds = async (service: 'gateway' | 'booking', round: number) => {
    const warmUp = round === 0 ? 1 : 0.5;
    const measured = await run(portOf(world.system.urlOf(service)), supply.deal(Math.ceil((seconds + warmUp) * mostPerSecond)), { warmUp });
    supply.answered(measured.load);
    return measured;
  };
  let oldHeld = 0;
  const oldHolds = async (round: number) => {
    const warmUp = round === 0 ? 2 : 0.5;
    const measured = await run(baseline.port, stage.old.splice(0, Math.ceil((seconds + warmUp) * 2_000)), { warmUp });
    oldHeld += measured.load.okInAll;
    expectRows('the baseline', oldHeld, await baseline.rows());
    return measured;
  };
  const refusals = async () => {
    const measured = await run(portOf(world.system.urlOf('booking')), stage.hot, { again: true, warmUp: 0.5 });
    return { ...measured, perSecond: (measured.load.answers['409 SEAT_ALREADY_HELD'] ?? 0) / measured.load.seconds };
  };
  // Who is compared stands side by side; the ceiling of Postgres comes when its server has rested.
  return [
    { name: 'baseline', measure: oldHolds },
    { name: 'gateway', measure: (round) => holds('gateway', round) },
    { name: 'echo', measure: () => run(stage.echoPort, stage.hot, { again: true, warmUp: 0.5 }) },
    { name: 'hot refusals', measure: refusals },
    { name: 'redis', measure: async () => ({ perSecond: await redisCeiling(world.redis.url, seconds / 2) }) },
    { name: 'postgres', measure: (round) => ofPostgres(stage, round) },
    { name: 'booking', measure: (round) => holds('booking', round) },
  ];
}

async function ofPostgres({ world, spares, seconds }: Stage, round: number): Promise<Measured> {
  const spare = spares[round];
  if (!spare) throw new Error(`the ceiling of Postgres has no seats in round ${round}`);
  return { perSecond: await postgresCeiling(world.databaseUrl('booking'), spare, seconds / 2) };
}
