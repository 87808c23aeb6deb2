import { messageTypes } from '@boxoffice/contracts';
import { kafkaTransport } from '@boxoffice/messaging';
import { createLogger } from '@boxoffice/service-kit';
import { eventually, type System } from '@boxoffice/testing';

/** Reads every message of every topic from the beginning and sends each once more, same bytes, same key. Answers how many by topic. */
export async function repeatEverything(brokers: string[]): Promise<Map<string, number>> {
  const transport = kafkaTransport({ brokers, clientId: 'repeater', logger: createLogger({ service: 'booking', level: 'silent' }) });
  const seen: { topic: string; key: string; value: string }[] = [];
  const reader = await transport.subscribe({
    group: `repeater-${Date.now()}`,
    topics: messageTypes.map(({ topic }) => topic),
    onMessages: async (messages) => void seen.push(...messages),
  });
  try {
    // Nobody else writes now: the count stands still when everything is read.
    let last = -1;
    await eventually(
      async () => {
        const before = last;
        last = seen.length;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        if (seen.length === 0 || before !== seen.length) throw new Error(`still reading: ${seen.length}`);
      },
      { withinMs: 60_000 },
    );
    await reader.stop();
    await transport.publish([...seen]);
    return new Map([...Map.groupBy(seen, ({ topic }) => topic)].map(([topic, messages]) => [topic, messages.length]));
  } finally {
    await transport.close();
  }
}

type Counts = Map<string, number>;

/** How many duplicates each group has put aside, by `group topic`, in every service that hears messages. */
export async function duplicatesCounted(system: System): Promise<Counts> {
  const counts: Counts = new Map();
  for (const service of ['ticketing', 'notification-analytics', 'payment'] as const)
    for (const [sample, value] of await system.metrics(service)) {
      const labels = /^boxoffice_messages_total\{(.*)\}$/.exec(sample)?.[1];
      const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels ?? '')?.[1];
      if (!labels) continue;
      const heard = `${label('group')} ${label('topic')}`;
      counts.set(heard, (counts.get(heard) ?? 0) + (label('outcome') === 'duplicate' ? value : 0));
    }
  return counts;
}

/** Fails while a group has not met every repeated message of the topics it hears. */
export async function expectAllMetAgain(system: System, before: Counts, repeated: Map<string, number>): Promise<void> {
  const now = await duplicatesCounted(system);
  for (const [heard, count] of before) {
    const wanted = count + (repeated.get(heard.split(' ')[1] ?? '') ?? 0);
    if ((now.get(heard) ?? 0) < wanted) throw new Error(`${heard}: ${now.get(heard)} of ${wanted} duplicates`);
  }
}
