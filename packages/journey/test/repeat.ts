import { messageTypes } from '@boxoffice/contracts';
import { kafkaTransport } from '@boxoffice/messaging';
import { createLogger } from '@boxoffice/service-kit';
import { eventually } from '@boxoffice/testing';

/** Reads every message of every topic from the beginning and sends each once more, same bytes, same key. Answers how many. */
export async function repeatEverything(brokers: string[]): Promise<number> {
  const transport = kafkaTransport({ brokers, clientId: 'repeater', logger: createLogger({ service: 'booking', level: 'silent' }) });
  const seen: { topic: string; key: string; value: string }[] = [];
  const reader = await transport.subscribe({
    group: `repeater-${Date.now()}`,
    topics: messageTypes.map(({ topic }) => topic),
    onMessage: async ({ topic, key, value }) => void seen.push({ topic, key, value }),
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
    return seen.length;
  } finally {
    await transport.close();
  }
}
