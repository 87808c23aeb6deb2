import { newId } from '@boxoffice/service-kit';
import { eventually, kafkaBrokers, type OwnProcess, startProcess } from '@boxoffice/testing';
import { expect, onTestFinished, test } from 'vitest';
import { count, database, firsts, grouped, logger, stepsOf, upTo } from '../test/stage.ts';
import { ensureTopics, kafkaTransport } from './index.ts';

const leaseMs = 600;
const freezeEvery = 6;
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

test('relays in processes that come, go, are killed, and are frozen in the middle of a publish: nothing is skipped, no key is reordered', async () => {
  const db = await database();
  const type = stepsOf(`relays-${newId()}`);
  await ensureTopics({ brokers: kafkaBrokers(), types: [type], logger });
  const transport = kafkaTransport({ brokers: kafkaBrokers(), clientId: 'test', logger });
  onTestFinished(() => transport.close(), 30_000);
  const delivered: { name: string; n: number }[] = [];
  await transport.subscribe({
    group: `group-${newId()}`,
    topics: [type.topic],
    onMessages: async (messages) => void delivered.push(...messages.map(({ value }) => JSON.parse(value).payload)),
  });

  let thawed = 0;
  /** Goes on when its lease has run out and somebody else, if anybody lives, has its shards. */
  const thaw = async (one: OwnProcess) => {
    await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs));
    one.signal('SIGCONT');
    thawed += 1;
  };
  const start = async () => {
    const one: OwnProcess = startProcess({
      name: 'relay',
      script: 'packages/messaging/test/relay-process.ts',
      args: [db.url, ...kafkaBrokers(), String(leaseMs), String(freezeEvery)],
      onLine: (line) => line === 'frozen' && void thaw(one),
    });
    onTestFinished(async () => void (await one.kill()));
    await eventually(() => expect(one.lines).toContain('started'), { withinMs: 30_000 });
    return one;
  };

  const written = new Map<string, number>();
  let enough = false;
  const writing = Promise.all(
    names.map(async (name) => {
      while (!enough) {
        await count(db, type, name);
        written.set(name, (written.get(name) ?? 0) + 1);
      }
    }),
  );
  const [first, second] = await Promise.all([start(), start(), start()]);
  await eventually(() => expect(thawed).toBeGreaterThan(3), { withinMs: 30_000 });
  await first.kill();
  const stopped = second.stop();
  second.signal('SIGCONT'); // it may be frozen just now
  await Promise.all([start(), stopped]);
  const before = thawed;
  await eventually(() => expect(thawed).toBeGreaterThan(before + 2), { withinMs: 30_000 });
  enough = true;
  await writing;
  const total = [...written.values()].reduce((sum, n) => sum + n, 0);
  await eventually(async () => expect(new Set(delivered.map(({ name, n }) => `${name} ${n}`)).size).toBe(total), { withinMs: 30_000 });
  const byName = grouped(delivered);
  for (const name of names) expect(firsts(byName[name] ?? []), name).toEqual(upTo(written.get(name) ?? 0));
  expect(delivered.length).toBeGreaterThan(total); // what was frozen did repeat something
  console.log(`${total} messages in order, ${delivered.length - total} repeated, ${thawed} freezes`);
}, 120_000);
