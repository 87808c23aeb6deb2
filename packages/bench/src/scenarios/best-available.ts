import { limitOf } from '../limits.ts';
import { ms, perSecond } from '../report.ts';
import type { Scenario, Stage } from '../stage.ts';
import { expectRows } from '../supply.ts';

const perEvent = 45_000;
/** Of 45,000 seats half are asked for, so that every no is a false one. */
const groupsPerEvent = 6_400;

/** Groups of 2 to 5 neighbours, chosen by booking: no group is split, none is told "sold out" while there is room. */
export const bestAvailable: Scenario = {
  name: 'best-available',
  about: 'groups of 2 to 5 neighbouring seats, chosen by booking, while half of the hall is free',
  async run(stage) {
    const { product, seconds, run } = stage;
    const events = [await product.event(perEvent), await product.event(perEvent), await product.event(perEvent)];
    const requests = await groups(
      stage,
      events.map(({ eventId }) => eventId),
    );
    const load = await run({ service: 'gateway', requests, load: { kind: 'closed' }, warmUp: 0.5 });
    const no = load.answers['409 NO_SEATS_TOGETHER'] ?? 0;
    if (no > 0) throw new Error(`${no} groups were told that no seats are left together while half of the hall was free`);
    expectRows('best available', load.okInAll, await product.rows(events.map(({ eventId }) => eventId)));
    stage.say(
      `best-available: ${Math.round(load.ok / load.seconds)} groups/s in ${seconds} s, p99 ${load.latency.p99.toFixed(1)} ms, ${JSON.stringify(load.answers)}`,
    );
    return [
      {
        measure: 'best available: groups of 2–5, all together',
        product: `${perSecond(load.ok / load.seconds)}, p99 ${ms(load.latency.p99)}, 0 false "sold out"`,
        beside: '',
        ratio: undefined,
        limit: limitOf(load.seen),
      },
    ];
  },
};

/** One group a customer; events in turn. */
async function groups({ world }: Stage, eventIds: readonly string[]) {
  const tokens = await world.customers.tokens(groupsPerEvent * eventIds.length);
  return tokens.map((token, at) => ({
    path: '/trpc/booking.holdBestAvailable',
    body: JSON.stringify({ eventId: eventIds[at % eventIds.length], quantity: 2 + (Math.floor(at / eventIds.length) % 4) }),
    token,
  }));
}
