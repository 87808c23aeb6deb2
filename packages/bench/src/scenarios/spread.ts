import type { Figures } from '../lanes.ts';
import { limitOf } from '../limits.ts';
import { lowestCeiling, ratiosOf } from '../quick.ts';
import { type Finding, ms, perSecond } from '../report.ts';
import { expectAnswers, type Run, type Scenario, type Service, type Stage } from '../stage.ts';
import { closed, mostPerSecond, type Supply, seatSupply, takenSeat, warmUp } from '../supply.ts';

/** A loop may do better than the median of the rounds before. */
const margin = 1.3;

/** Holds of one seat each among 200,000 by thousands of customers: how many a second, and how long one takes when there is room to breathe. */
export const spread: Scenario = {
  name: 'spread',
  about:
    'holds among 200,000 seats: gateway, baseline, booking and the ceilings in turn; then open loops at 50 % and 80 % of the own ceiling, looked at again before each',
  async run(stage) {
    const figures = await stage.lanes();
    const { gatewayVsBaseline, bookingVsCeiling } = ratiosOf(figures);
    const loops = [...(await openLoops(stage, 'gateway', figures)), ...(await openLoops(stage, 'booking', figures))];
    return [
      {
        measure: 'holds through the gateway ÷ baseline',
        ...besides(figures, 'gateway', 'baseline'),
        ratio: gatewayVsBaseline,
        judged: { figure: gatewayVsBaseline, target: { must: 8, goal: 15, better: 'more' } },
        limit: loops[0]?.atCeiling,
      },
      {
        measure: 'holds direct to booking ÷ lowest ceiling',
        ...besides(figures, 'booking', lowestCeiling(figures)),
        ratio: bookingVsCeiling,
        judged: { figure: bookingVsCeiling, target: { must: 0.25, goal: 0.4, better: 'more' } },
        limit: loops[2]?.atCeiling,
      },
      ...loops.map(({ finding }) => finding),
    ];
  },
};

const besides = (figures: Figures, lane: string, other: string) => ({
  product: perSecond(figures.median(lane), figures.spread(lane)),
  beside: `${other} ${perSecond(figures.median(other), figures.spread(other))}`,
});

/** Shares of the own ceiling at which holds arrive, and what one of them must reach. */
const shares = [0.5, 0.8];
const judgedLoop = { service: 'gateway', share: 0.5, target: { must: 25, goal: 10, better: 'less' } } as const;

/**
 * Arrivals at a constant rate; latency counts from the moment of the arrival. The ceiling is looked at again right before each loop: a machine that has become
 * slower since the lanes were measured would make of a half the whole. The loop that is judged runs once a round: one pause is 1 % of three seconds.
 */
async function openLoops(stage: Stage, service: Service, figures: Figures): Promise<{ finding: Finding; atCeiling: string }[]> {
  const { product, world, seconds, rounds } = stage;
  const timesOf = (share: number) => (service === judgedLoop.service && share === judgedLoop.share ? rounds : 1);
  const dealt = shares.reduce((sum, share) => sum + (1 + share) * timesOf(share), 0) * margin;
  const supply = await seatSupply(product, world.customers.tokens, Math.ceil(figures.median(service) * dealt * (seconds + 1)));
  await warmUp(world, supply.tokens, await takenSeat(world, supply));
  const held = (load: Run['load']) => holdsUnder(stage, supply, { service, load });
  const loops = [];
  for (const share of shares) {
    const pairs: Pair[] = [];
    for (let time = 0; time < timesOf(share); time++) {
      const full = await held(closed.load);
      const ceiling = rateOf(full);
      const open = await held({ kind: 'open', perSecond: ceiling * share });
      const { p50, p99, max } = open.latency;
      stage.say(`${service} at ${share * 100} % of ${Math.round(ceiling)}/s: p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)} ms`);
      pairs.push({ full, open });
    }
    loops.push(findingOf(service, share, pairs));
  }
  await supply.check();
  return loops;
}

type Held = Awaited<ReturnType<typeof holdsUnder>>;
/** A closed loop and the open one after it. */
type Pair = { full: Held; open: Held };
const rateOf = ({ ok, seconds }: Held): number => ok / seconds;

/** The loop whose p99 is the median, beside the p99 of all; and what was used up at the ceiling before it. */
function findingOf(service: Service, share: number, pairs: readonly Pair[]): { finding: Finding; atCeiling: string } {
  const byP99 = pairs.toSorted((a, b) => a.open.latency.p99 - b.open.latency.p99);
  const { full, open } = byP99[(pairs.length - 1) >> 1] as Pair; // there is one
  const { p50, p99 } = open.latency;
  const all = pairs.length > 1 ? `; p99 of each ${byP99.map((pair) => ms(pair.open.latency.p99)).join(', ')}` : '';
  const finding: Finding = {
    measure: `hold p99 at ${share * 100} % of own ceiling, ${service}`,
    product: `${ms(p99)} (p50 ${ms(p50)}${all})`,
    beside: `${perSecond(rateOf(full) * share)} arrive`,
    ratio: undefined,
    ...(service === judgedLoop.service && share === judgedLoop.share && { judged: { figure: p99, target: judgedLoop.target } }),
    limit: limitOf(open.seen),
  };
  return { finding, atCeiling: limitOf(full.seen) };
}

/** Holds of seats nobody wanted yet; by as many connections as the lanes have, for it is their ceiling. */
async function holdsUnder({ run, seconds }: Stage, supply: Supply, how: Pick<Run, 'service' | 'load'>) {
  const most = how.load.kind === 'open' ? how.load.perSecond * 1.1 : mostPerSecond;
  const load = await run({ ...how, requests: supply.deal(Math.ceil(most * (seconds + 1))), connections: closed.connections });
  supply.answered(load);
  expectAnswers(`holds, ${how.service}`, load);
  if (load.exhausted) throw new Error('more holds were answered than were made: the machine is faster than expected');
  return load;
}
