import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inProcessHub, type Outgoing } from './index.ts';

const message = (key: string, value: string, topic = 'topic'): Outgoing => ({ topic, key, value });

test('publishing is over when every group of the topic is done; other groups are not asked', async () => {
  const hub = inProcessHub();
  const heard: string[] = [];
  for (const [group, topic] of [
    ['one', 'topic'],
    ['two', 'topic'],
    ['three', 'elsewhere'],
  ] as const)
    await hub.transport().subscribe({ group, topics: [topic], onMessages: () => setImmediate().then(() => void heard.push(group)) });
  await hub.transport().publish([message('a', '1')]);
  expect(heard.sort()).toEqual(['one', 'two']);
});

test('a key keeps its order, keys go side by side, and never too many at once', async () => {
  const hub = inProcessHub();
  const seen: Record<string, string[]> = {};
  let now = 0;
  let most = 0;
  await hub.transport().subscribe({
    group: 'group',
    topics: ['topic'],
    onMessages: async ([{ key, value } = message('', '')]) => {
      now += 1;
      most = Math.max(most, now);
      await setImmediate();
      seen[key] = [...(seen[key] ?? []), value];
      now -= 1;
    },
  });
  const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
  await hub.transport().publish(['1', '2', '3'].flatMap((value) => keys.map((key) => message(key, value))));
  for (const key of keys) expect(seen[key]).toEqual(['1', '2', '3']);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(6);
});

test('after a message that was not done, later ones of its key are not delivered either', async () => {
  const hub = inProcessHub();
  const seen: string[] = [];
  await hub.transport().subscribe({
    group: 'group',
    topics: ['topic'],
    onMessages: async ([{ value } = message('', '')]) => {
      if (value === '2') throw new Error('no');
      seen.push(value);
    },
  });
  await expect(hub.transport().publish([message('a', '1'), message('a', '2'), message('a', '3'), message('b', '4')])).rejects.toThrow('no');
  expect(seen.sort()).toEqual(['1', '4']);
});

test('while an expected group does not listen yet, or any more, nothing passes it', async () => {
  const hub = inProcessHub(['late']);
  const heard: string[] = [];
  const early = { group: 'early', topics: ['topic'], onMessages: async () => void heard.push('early') };
  await hub.transport().subscribe(early);
  await expect(hub.transport().publish([message('a', '1')])).rejects.toThrow('late');
  const late = await hub.transport().subscribe({ ...early, group: 'late', onMessages: async () => void heard.push('late') });
  await hub.transport().publish([message('a', '1')]);
  expect(heard.sort()).toEqual(['early', 'late']);
  await late.stop();
  await expect(hub.transport().publish([message('a', '2')])).rejects.toThrow('late');
});

test('stopping waits for the message under way', async () => {
  const hub = inProcessHub();
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let done = false;
  const subscription = await hub.transport().subscribe({
    group: 'group',
    topics: ['topic'],
    onMessages: async () => {
      begun.resolve();
      await go.promise;
      done = true;
    },
  });
  const published = hub.transport().publish([message('a', '1')]);
  await begun.promise;
  const stopped = subscription.stop();
  go.resolve();
  await stopped;
  expect(done).toBe(true);
  await published;
});
