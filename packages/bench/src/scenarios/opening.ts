import { limitOf } from '../limits.ts';
import { ms } from '../report.ts';
import type { Scenario } from '../stage.ts';
import { expectRows } from '../supply.ts';

const arrivals = 10_000;
const seats = 6_000;

/** The minute the sale opens: from nothing to 10,000 customers in a second. Everybody gets an answer; nobody waits for long after the rush. */
export const opening: Scenario = {
  name: 'opening',
  about: '10,000 customers arrive within a second for 6,000 seats, each for one of them by chance',
  async run({ product, world, run, say }) {
    const { eventId, seatIds } = await product.event(seats);
    const tokens = await world.customers.tokens(arrivals);
    // By chance, but the same in every run: Knuth's multiplicative hash.
    const wanted = tokens.map((_, at) => seatIds[(Math.imul(at + 1, 2_654_435_761) >>> 4) % seatIds.length] ?? '');
    const requests = tokens.map((token, at) => ({
      path: '/trpc/booking.holdSeats',
      body: JSON.stringify({ eventId, seatIds: [wanted[at]] }),
      token,
    }));
    const load = await run({
      service: 'gateway',
      requests,
      load: { kind: 'open', perSecond: arrivals },
      connections: 2_000,
      warmUp: 0,
      seconds: 1,
    });
    const answered = Object.values(load.answers).reduce((sum, count) => sum + count, 0);
    if (answered !== arrivals || load.answers['no answer'])
      throw new Error(`of ${arrivals} customers not all were answered: ${JSON.stringify(load.answers)}`);
    expectRows('the opening', load.okInAll, await product.rows([eventId]));
    const by = (status: string) => Object.entries(load.answers).reduce((sum, [name, count]) => sum + (name.startsWith(status) ? count : 0), 0);
    const open = new Set(wanted).size - by('2');
    if (open !== 0 && by('429') + by('503') === 0) throw new Error(`${open} seats that somebody wanted are nobody's, though nobody was turned away`);
    const counts = `${by('2')} held, ${by('409')} × 409, ${by('429')} × 429, ${by('503')} × 503`;
    say(`opening: ${counts}; p99 ${load.latency.p99.toFixed(0)} ms; ${JSON.stringify(load.answers)}`);
    return [
      {
        measure: 'sale opening: 10,000 arrivals in 1 s, all answered',
        product: `${counts}; p50 ${ms(load.latency.p50)}, p99 ${ms(load.latency.p99)}`,
        beside: `queue empty ${ms(Math.max(0, (load.seconds - 1) * 1000))} after the last arrival`,
        ratio: undefined,
        limit: limitOf(load.seen),
      },
    ];
  },
};
