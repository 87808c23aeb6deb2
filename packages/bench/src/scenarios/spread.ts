import type { Figures } from '../lanes.ts';
import { limitOf } from '../limits.ts';
import { ceilings, ratiosOf } from '../quick.ts';
import { type Finding, ms, perSecond } from '../report.ts';
import { expectAnswers, type Run, type Scenario, type Service, type Stage } from '../stage.ts';
import { type Supply, seatSupply } from '../supply.ts';

/** A closed loop may do better than the median of the rounds before. */
const margin = 1.6;

/** Holds of one seat each among 200,000 by thousands of customers: how many a second, and how long one takes when there is room to breathe. */
export const spread: Scenario = {
  name: 'spread',
  about: 'holds among 200,000 seats: gateway, baseline, booking and the ceilings in turn; then open loops at 50 % and 80 % of the own ceiling',
  async run(stage) {
    const figures = await stage.lanes();
    const { gatewayVsBaseline, bookingVsCeiling } = ratiosOf(figures);
    const lowest = ceilings.reduce((low, name) => (figures.median(name) < figures.median(low) ? name : low));
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
        ...besides(figures, 'booking', lowest),
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

/** Arrivals at a constant rate; latency counts from the moment of the arrival. The loop that is judged runs once a round: one pause is 1 % of three seconds. */
async function openLoops(stage: Stage, service: Service, figures: Figures): Promise<{ finding: Finding; atCeiling: string }[]> {
  const { product, world, seconds, rounds } = stage;
  const ceiling = figures.median(service);
  const timesOf = (share: number) => (service === judgedLoop.service && share === judgedLoop.share ? rounds : 1);
  const dealt = margin + shares.reduce((sum, share) => sum + share * timesOf(share), 0);
  const supply = await seatSupply(product, world.customers.tokens, Math.ceil(ceiling * dealt * 1.1 * (seconds + 1)));
  const requests = (share: number) => supply.deal(Math.ceil(ceiling * share * 1.1 * (seconds + 1)));
  const atCeiling = limitOf((await held(stage, supply, { service, load: { kind: 'closed' }, requests: requests(margin) })).seen);
  const loops = [];
  for (const share of shares) {
    const loads = [];
    for (let time = 0; time < timesOf(share); time++) {
      const load = await held(stage, supply, { service, load: { kind: 'open', perSecond: ceiling * share }, requests: requests(share) });
      const { p50, p99, max } = load.latency;
      stage.say(
        `${service} at ${share * 100} %: ${Math.round(ceiling * share)}/s, p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)} ms`,
      );
      loads.push(load);
    }
    loops.push({ finding: findingOf(service, share, { loads, ceiling }), atCeiling });
  }
  await supply.check();
  return loops;
}

type Held = Awaited<ReturnType<typeof held>>;

/** The load whose p99 is the median, beside the p99 of all. */
function findingOf(service: Service, share: number, { loads, ceiling }: { loads: readonly Held[]; ceiling: number }): Finding {
  const byP99 = loads.toSorted((a, b) => a.latency.p99 - b.latency.p99);
  const load = byP99[(loads.length - 1) >> 1] as Held; // there is one
  const { p50, p99 } = load.latency;
  const all = loads.length > 1 ? `; p99 of each ${byP99.map(({ latency }) => ms(latency.p99)).join(', ')}` : '';
  return {
    measure: `hold p99 at ${share * 100} % of own ceiling, ${service}`,
    product: `${ms(p99)} (p50 ${ms(p50)}${all})`,
    beside: `${perSecond(ceiling * share)} arrive`,
    ratio: undefined,
    ...(service === judgedLoop.service && share === judgedLoop.share && { judged: { figure: p99, target: judgedLoop.target } }),
    limit: limitOf(load.seen),
  };
}

async function held({ run }: Stage, supply: Supply, how: Pick<Run, 'service' | 'load' | 'requests'>) {
  const load = await run({ ...how, connections: how.load.kind === 'open' ? 256 : 128 });
  supply.answered(load);
  expectAnswers(`holds, ${how.service}`, load);
  if (load.exhausted) throw new Error('more holds were answered than were made: the machine is faster than expected');
  return load;
}
