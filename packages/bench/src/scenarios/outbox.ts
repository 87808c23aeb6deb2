import { limitOf, watched } from '../limits.ts';
import { ms, perSecond } from '../report.ts';
import { eyesOf, type Scenario } from '../stage.ts';

/** Says facts through an outbox and waits for their effects: `measureMessages` of messages.ts. */
type Measure = (on: { databaseUrl: string; brokers: string[]; seconds: number }) => Promise<{ perSecond: number; p99LagMs: number }>;

/** From the outbox to the effect in a consumer, over relay and Kafka, and how long that takes at half of the most. */
export const outboxOver = (measure: Measure): Scenario => ({
  name: 'outbox',
  about: 'messages from the outbox over relay and Kafka to the committed effect of a consumer; lag at half of the ceiling',
  async run({ world, seconds }) {
    await world.postgres.createDatabase('bench_messages');
    const on = { databaseUrl: world.postgres.url('bench_messages'), brokers: world.kafkaBrokers, seconds };
    const measured = await watched(eyesOf(world), () => measure(on));
    const limit = limitOf(measured.seen);
    return [
      {
        measure: 'outbox → consumer applied, messages/s',
        product: perSecond(measured.perSecond),
        beside: '',
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
});
