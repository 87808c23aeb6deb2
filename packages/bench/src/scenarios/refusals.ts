import { limitOf } from '../limits.ts';
import { ratiosOf } from '../quick.ts';
import { perSecond } from '../report.ts';
import { expectAnswers, type Scenario } from '../stage.ts';

/** Everybody wants the one seat that is taken: an honest no, as fast as HTTP allows. */
export const refusals: Scenario = {
  name: 'refusals',
  about: '500 customers ask again and again for a seat that is held; beside an HTTP server that only echoes',
  async run(stage) {
    const figures = await stage.lanes();
    const { hotRefusalsVsEcho } = ratiosOf(figures);
    const { seen, ...load } = await refused(stage);
    expectAnswers('hot refusals', load);
    if (Object.keys(load.answers).some((answer) => answer !== '409 SEAT_ALREADY_HELD'))
      throw new Error(`a seat that is held was answered ${JSON.stringify(load.answers)}`);
    return [
      {
        measure: 'refusals of a hot seat ÷ HTTP echo',
        product: perSecond(figures.median('hot refusals'), figures.spread('hot refusals')),
        beside: `echo ${perSecond(figures.median('echo'), figures.spread('echo'))}`,
        ratio: hotRefusalsVsEcho,
        judged: { figure: hotRefusalsVsEcho, target: { must: 0.2, goal: 0.4, better: 'more' } },
        limit: limitOf(seen),
      },
    ];
  },
};

/** Once more, watched: what is full while booking says no. */
async function refused({ product, world, run }: Parameters<Scenario['run']>[0]) {
  const { eventId, seatIds } = await product.event(2_000);
  const [token = '', ...others] = await world.customers.tokens(501);
  const hold = { path: '/trpc/booking.holdSeats', body: JSON.stringify({ eventId, seatIds: [seatIds[0]] }) };
  await run({ service: 'booking', requests: [{ ...hold, token }], load: { kind: 'closed' }, connections: 1, warmUp: 0, seconds: 1 });
  return run({ service: 'booking', requests: others.map((other) => ({ ...hold, token: other })), load: { kind: 'closed' }, again: true });
}
