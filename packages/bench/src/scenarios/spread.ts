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

/** Arrivals at a constant rate; latency counts from the moment of the arrival. Only holds through the gateway at 50 % have a target. */
async function openLoops(stage: Stage, service: Service, figures: Figures): Promise<{ finding: Finding; atCeiling: string }[]> {
  const { product, world, seconds } = stage;
  const ceiling = figures.median(service);
  const supply = await seatSupply(product, world.customers.tokens, Math.ceil(ceiling * (margin + 0.5 + 0.8) * 1.1 * (seconds + 1)));
  const loops = [];
  const requests = (share: number) => supply.deal(Math.ceil(ceiling * share * 1.1 * (seconds + 1)));
  const atCeiling = limitOf((await held(stage, supply, { service, load: { kind: 'closed' }, requests: requests(margin) })).seen);
  for (const share of [0.5, 0.8]) {
    const open = { kind: 'open' as const, perSecond: ceiling * share };
    const load = await held(stage, supply, { service, load: open, requests: requests(share) });
    const { p50, p99, max } = load.latency;
    stage.say(
      `${service} at ${share * 100} %: ${Math.round(ceiling * share)}/s, p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)} ms`,
    );
    const finding: Finding = {
      measure: `hold p99 at ${share * 100} % of own ceiling, ${service}`,
      product: `${ms(p99)} (p50 ${ms(p50)})`,
      beside: `${perSecond(ceiling * share)} arrive`,
      ratio: undefined,
      ...(service === 'gateway' && share === 0.5 && { judged: { figure: p99, target: { must: 25, goal: 10, better: 'less' } } }),
      limit: limitOf(load.seen),
    };
    loops.push({ finding, atCeiling });
  }
  await supply.check();
  return loops;
}

async function held({ run }: Stage, supply: Supply, how: Pick<Run, 'service' | 'load' | 'requests'>) {
  const load = await run({ ...how, connections: how.load.kind === 'open' ? 256 : 128 });
  supply.answered(load);
  expectAnswers(`holds, ${how.service}`, load);
  if (load.exhausted) throw new Error('more holds were answered than were made: the machine is faster than expected');
  return load;
}
