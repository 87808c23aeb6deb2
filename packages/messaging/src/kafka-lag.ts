import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, Metrics } from '@boxoffice/service-kit';

/** What is asked of the broker: kafkajs' admin client, without its import. */
export type OffsetsAdmin = {
  connect(): Promise<void>;
  fetchTopicOffsets(topic: string): Promise<{ partition: number; high: string; low: string }[]>;
  fetchOffsets(of: { groupId: string; topics: string[] }): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
};
type Watched = { admin: OffsetsAdmin; group: string; topics: string[]; metrics: Metrics; logger: Logger; stopping: AbortSignal };

/** One question per topic and process; what is committed is a second behind what is done anyway. */
const everyMs = 15_000;

/**
 * Tells how many messages of each partition the group has not committed, until it is stopped. Asked from the broker, not taken from what comes
 * in: a consumer that stands still, or that nobody runs, is what the figure is for. Every replica tells the whole group's.
 */
export async function watchLag({ admin, group, topics, metrics, logger, stopping }: Watched): Promise<void> {
  const lags = metrics.gauge('boxoffice_consumer_lag_messages', 'Messages that a group has not dealt with.', ['group', 'topic', 'partition']);
  while (!stopping.aborted) {
    try {
      await admin.connect();
      for (const { topic, partition, lag } of await lagsOf(admin, group, topics)) lags.set({ group, topic, partition }, lag);
    } catch (err) {
      logger.debug({ group, err }, 'the lag is not known');
    }
    await sleep(everyMs, undefined, { signal: stopping, ref: false }).catch(() => {});
  }
}

async function lagsOf(admin: OffsetsAdmin, groupId: string, topics: string[]): Promise<{ topic: string; partition: number; lag: number }[]> {
  const committed = await admin.fetchOffsets({ groupId, topics });
  const lags = await Promise.all(
    committed.map(async ({ topic, partitions }) => {
      const at = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      return (await admin.fetchTopicOffsets(topic)).map(({ partition, high, low }) => {
        const position = Math.max(at.get(partition) ?? -1, Number(low)); // -1: nothing committed yet, it begins with what there is
        return { topic, partition, lag: Math.max(0, Number(high) - position) };
      });
    }),
  );
  return lags.flat();
}
