import { limitOf } from '../limits.ts';
import { holdsOf } from '../product.ts';
import { ms, perSecond } from '../report.ts';
import type { Scenario } from '../stage.ts';

const seats = 50_000;

/** Everybody looks at the plan of a large hall: 49 kB an answer, while it has holds in it. */
export const seatMapStorm: Scenario = {
  name: 'seat-map',
  about: 'a storm of reads of a 50,000-seat map through the gateway: closed loop, then open at 50 %',
  async run({ product, world, run, say }) {
    const event = await product.event(seats);
    const tokens = await world.customers.tokens(1_000);
    const holds = holdsOf([event], tokens).filter((_, at) => at % 10 === 0);
    const held = await run({ service: 'gateway', requests: holds, load: { kind: 'closed' }, warmUp: 0, seconds: 20 });
    const path = `/trpc/booking.seatMap?input=${encodeURIComponent(JSON.stringify({ eventId: event.eventId }))}`;
    const read = { service: 'gateway' as const, requests: [{ path }], again: true, connections: 64 };
    const closed = await run({ ...read, load: { kind: 'closed' } });
    const perS = closed.ok / closed.seconds;
    const half = await run({ ...read, load: { kind: 'open', perSecond: perS / 2 } });
    if (Object.keys({ ...closed.answers, ...half.answers }).join() !== '200')
      throw new Error(`seat map: ${JSON.stringify([closed.answers, half.answers])}`);
    const answer = await fetch(`${world.system.url}${path}`);
    const { result } = (await answer.json()) as { result: { data: { map: string } } }; // the contract's promise
    const shown = result.data.map.replaceAll('0', '').length;
    if (shown !== held.okInAll) throw new Error(`${held.okInAll} holds were answered with 2xx, the seat map shows ${shown}`);
    say(`seat-map: ${Math.round(perS)}/s, at half of it p99 ${half.latency.p99.toFixed(1)} ms`);
    return [
      {
        measure: 'seat map of 50,000 seats, reads',
        product: `${perSecond(perS)}, p99 at 50 % ${ms(half.latency.p99)}`,
        beside: `${Math.round((perS * seats) / 1e6)} MB/s`,
        ratio: undefined,
        limit: limitOf(closed.seen),
      },
    ];
  },
};
