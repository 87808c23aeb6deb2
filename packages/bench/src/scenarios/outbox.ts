import { limitOf, watched } from '../limits.ts';
import { ms, perSecond } from '../report.ts';
import { eyesOf, type Scenario } from '../stage.ts';
import { measureMessages } from './messages.ts';

/** From the outbox to the effect in a consumer, over relay and Kafka, and how long that takes at half of the most. */
export const outbox: Scenario = {
  name: 'outbox',
  about: 'messages from the outbox over relay and Kafka to the committed effect of a consumer; lag at half of the ceiling',
  async run({ world, seconds }) {
    await world.postgres.createDatabase('bench_messages');
    // The sending side is a thread of this process and so is the hearing one.
    const on = { databaseUrl: world.postgres.url('bench_messages'), brokers: world.kafkaBrokers, seconds };
    const { pids, adminUrl } = eyesOf(world);
    const measured = await watched({ adminUrl, pids: { ...pids, 'both sides': process.pid } }, () => measureMessages(on));
    const limit = limitOf(measured.seen);
    return [
      {
        measure: 'outbox → consumer applied, messages/s',
        product: perSecond(measured.perSecond),
        beside: `p99 lag meanwhile ${ms(measured.p99LagAtCeilingMs)}`,
        ratio: undefined,
        judged: { figure: measured.perSecond, target: { must: 2_000, goal: 5_000, better: 'more' } },
        limit,
      },
      {
        measure: 'outbox → consumer applied, p99 lag at 50 %',
        product: ms(measured.p99LagMs),
        beside: '',
        ratio: undefined,
        judged: { figure: measured.p99LagMs, target: { must: 500, goal: 250, better: 'less' } },
        limit,
      },
    ];
  },
};
