import { limitOf, type Seen } from '../limits.ts';
import type { LoadResult } from '../loader/index.ts';
import type { Event } from '../product.ts';
import { ms } from '../report.ts';
import type { Scenario, Stage } from '../stage.ts';
import { median, spread } from '../statistics.ts';
import { expectRows } from '../supply.ts';

const seats = 10;
const customers = 100;
const rounds = { unmeasured: 10, measured: 30 };

/** A hundred customers at the same moment for ten seats: exactly ten get one, everybody is told at once. */
export const hot: Scenario = {
  name: 'hot',
  about: '100 customers want 10 seats at the same moment, 40 times, through the gateway: exactly 10 win',
  async run(stage) {
    const event = await stage.product.event(2_000);
    const tokens = await stage.world.customers.tokens(customers);
    const p99: number[] = [];
    let seen: Seen | undefined;
    for (let round = 0; round < rounds.unmeasured + rounds.measured; round++) {
      const rush = await rushed(stage, event, { round, tokens });
      if (round >= rounds.unmeasured) p99.push(rush.latency.p99);
      seen = rush.seen;
    }
    expectRows('100 customers for 10 seats', (rounds.unmeasured + rounds.measured) * seats, await stage.product.rows([event.eventId]));
    const figure = median(p99);
    stage.say(`hot: 10 winners each time, p99 ${figure.toFixed(1)} ms, worst ${Math.max(...p99).toFixed(1)} ms`);
    return [
      {
        measure: '100 customers × 10 seats: 10 winners, p99',
        product: `${ms(figure)} ±${Math.round(spread(p99) * 50)} % (worst of ${p99.length}: ${ms(Math.max(...p99))})`,
        beside: '',
        ratio: undefined,
        judged: { figure, target: { must: 50, goal: 20, better: 'less' } },
        limit: seen && limitOf(seen),
      },
    ];
  },
};

/** Other seats and another order of customers each time: nobody reaches the limit of an event. Throws unless ten win. */
async function rushed(
  { run }: Stage,
  { eventId, seatIds }: Event,
  { round, tokens }: { round: number; tokens: string[] },
): Promise<LoadResult & { seen: Seen }> {
  const wanted = seatIds.slice(round * seats, (round + 1) * seats);
  const requests = tokens.map((_, at) => ({
    path: '/trpc/booking.holdSeats',
    body: JSON.stringify({ eventId, seatIds: [wanted[at % seats]] }),
    token: tokens[(at + round * seats) % customers] ?? '',
  }));
  const rush = await run({ service: 'gateway', requests, load: { kind: 'closed' }, connections: customers, warmUp: 0, seconds: 10 });
  const { 200: won = 0, '409 SEAT_ALREADY_HELD': lost = 0 } = rush.answers;
  if (won !== seats || lost !== customers - seats) throw new Error(`100 customers, 10 seats: ${JSON.stringify(rush.answers)}`);
  return rush;
}
