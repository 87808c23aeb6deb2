import { type AddressInfo, createServer } from 'node:net';
import { type Database, query } from '@boxoffice/postgres';
import { createMetrics, newId } from '@boxoffice/service-kit';
import { eventually, freePort, kafkaBrokers, startKafka } from '@boxoffice/testing';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { count, database, edges, effectsOf, firsts, grouped, logger, messageOf, type Steps, stepsOf, upTo } from '../test/stage.ts';
import { consumers, ensureTopics, kafkaTransport, type Outgoing, on, relay, type Transport } from './index.ts';

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));

/** A topic nobody else uses, on the run's broker. */
async function topicFor(what: string, brokers = kafkaBrokers()): Promise<Steps> {
  const type = stepsOf(`${what}-${newId()}`);
  await ensureTopics({ brokers, types: [type], logger });
  return type;
}
function transportTo(brokers = kafkaBrokers()): Transport {
  const transport = kafkaTransport({ brokers, clientId: 'test', logger });
  onTestFinished(() => transport.close(), 30_000);
  return transport;
}
const consumerOf = (db: Database, type: Steps, group: string, brokers = kafkaBrokers()) =>
  consumers({
    db,
    transport: transportTo(brokers),
    group,
    handlers: [
      on(type, (tx, { name, n }) => query(tx, 'INSERT INTO effects (topic, name, n) VALUES ($1, $2, $3)', [type.topic, name, n]).then(() => {})),
    ],
    ...edges(),
  }).worker;

test('topics are created once, with the partitions of their type', async () => {
  const type = stepsOf(`created-${newId()}`);
  const ensure = () => ensureTopics({ brokers: kafkaBrokers(), types: [type], logger });
  expect(await ensure()).toEqual([type.topic]);
  expect(await ensure()).toEqual([]);
});

test('from a transaction here to an effect there: once each, in order per key, over three partitions and two consumers that come and go', async () => {
  const db = await database();
  const type = await topicFor('flow');
  const group = `group-${newId()}`;
  const transport = transportTo();
  const relays = [1, 2].map(() => relay({ db, transport, ...edges() }));
  const first = consumerOf(db, type, group);
  await first.start();
  await Promise.all(relays.map((one) => one.start()));
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const total = async () => Object.values(await effectsOf(db, type)).flat().length;
  const write = async () => {
    for (const _ of upTo(10)) await Promise.all(names.map((name) => count(db, type, name)));
  };
  await write();
  await eventually(async () => expect(await total()).toBeGreaterThan(30));
  const second = consumerOf(db, type, group);
  await second.start();
  await write();
  await first.stop();
  await write();
  await eventually(async () => expect(await total()).toBe(names.length * 30), { withinMs: 20_000 });
  expect(await effectsOf(db, type)).toEqual(Object.fromEntries(names.map((name) => [name, upTo(30)])));
  await Promise.all([...relays.map((one) => one.stop()), second.stop()]);
});

test('a group that comes later hears everything there is; what it did not finish comes again, from the first of them', async () => {
  const type = await topicFor('late');
  const transport = transportTo();
  const group = `group-${newId()}`;
  const publish = (...ns: number[]) => transport.publish(ns.map((n) => messageOf(type, { name: 'a', n })));
  const numbersIn = (messages: readonly { value: string }[]): number[] => messages.map(({ value }) => JSON.parse(value).payload.n);
  await publish(1, 2);
  const heard: number[] = [];
  const underWay = Promise.withResolvers<void>();
  const broken = await transport.subscribe({
    group,
    topics: [type.topic],
    onMessages: async (messages, { stopping }) => {
      if (numbersIn(messages).some((n) => n < 3)) return void heard.push(...numbersIn(messages));
      underWay.resolve();
      await new Promise((_, reject) => stopping.addEventListener('abort', () => reject(new Error('stopping'))));
    },
  });
  await eventually(() => expect(heard).toEqual([1, 2]));
  await publish(3, 4, 5);
  await underWay.promise;
  await broken.stop();
  const healed = await transport.subscribe({
    group,
    topics: [type.topic],
    onMessages: async (messages) => void heard.push(...numbersIn(messages)),
  });
  await eventually(() => expect(heard).toEqual([1, 2, 3, 4, 5]));
  await healed.stop();
});

test('the lag of a group that does not get on is told per partition', async () => {
  const type = await topicFor('lag');
  const metrics = createMetrics('booking');
  const transport = kafkaTransport({ brokers: kafkaBrokers(), clientId: 'test', logger, metrics });
  await transport.publish(upTo(5).map((n) => messageOf(type, { name: 'a', n })));
  const group = `group-${newId()}`;
  await transport.subscribe({
    group,
    topics: [type.topic],
    onMessages: (_messages, { stopping }) => new Promise((_, reject) => stopping.addEventListener('abort', () => reject(new Error('stopping')))),
  });
  await eventually(
    async () => {
      const lags = [...(await metrics.text()).matchAll(/^boxoffice_consumer_lag_messages\{group="(.*)",topic=".*",partition="\d"\} (\d+)/gm)];
      expect(lags.map(([, of, lag]) => [of, lag]).sort()).toEqual([
        [group, '0'],
        [group, '0'],
        [group, '5'],
      ]);
    },
    { withinMs: 40_000 }, // asked every 15 s
  );
  await transport.close();
});

test('a stop does not wait for a broker that lets it connect and then says nothing', async () => {
  const frozen = createServer();
  await new Promise<void>((resolve) => frozen.listen(0, '127.0.0.1', resolve));
  const { port } = frozen.address() as AddressInfo; // it listens on TCP
  const connected = new Promise((resolve) => frozen.once('connection', resolve));
  const transport = kafkaTransport({ brokers: [`127.0.0.1:${port}`], clientId: 'test', ...edges() });
  const subscription = await transport.subscribe({ group: 'group', topics: ['topic'], onMessages: async () => {} });
  await connected;
  await subscription.stop(); // joining takes kafkajs ten attempts of ten seconds
  await transport.close();
  frozen.close();
}, 20_000);

test('poison goes to the dead-letter topic, which is made for it, and the partition goes on', async () => {
  const db = await database();
  const type = await topicFor('poison');
  const group = `group-${newId()}`;
  const worker = consumerOf(db, type, group);
  await worker.start();
  const transport = transportTo();
  const poison: Outgoing = { topic: type.topic, key: 'a', value: 'not JSON' };
  await transport.publish([poison, messageOf(type, { name: 'a', n: 1 })]);
  await eventually(async () => expect(await effectsOf(db, type)).toEqual({ a: [1] }));
  const dead: string[] = [];
  const reader = await transport.subscribe({
    group: `reader-${newId()}`,
    topics: [`${type.topic}.${group}.dlt`],
    onMessages: async (messages) => void dead.push(...messages.map(({ value }) => value)),
  });
  await eventually(() => expect(dead).toEqual([poison.value]));
  await Promise.all([reader.stop(), worker.stop()]);
});

test('Kafka away at first, then there, then killed under load: nothing is lost, everything has its effect once, in order', async () => {
  const port = await freePort(2);
  const brokers = [`127.0.0.1:${port}`];
  const db = await database();
  const type = stepsOf(`faults-${newId()}`);
  const transport = transportTo(brokers);
  const worker = consumerOf(db, type, 'group', brokers);
  const one = relay({ db, transport, ...edges() });
  await Promise.all([worker.start(), one.start()]);
  await count(db, type, 'a');
  const asked = performance.now();
  await expect(transport.publish([messageOf(type, { name: 'x', n: 1 })])).rejects.toThrow();
  expect(performance.now() - asked).toBeLessThan(6_000);

  const broker = await startKafka({ port });
  afterAll(() => broker.stop());
  await ensureTopics({ brokers, types: [type], logger });
  await eventually(async () => expect(await effectsOf(db, type)).toEqual({ a: [1] }), { withinMs: 20_000 });

  const names = ['a', 'b', 'c'];
  const writing = (async () => {
    for (const _ of upTo(60)) await Promise.all(names.map((name) => count(db, type, name)));
  })();
  await broker.kill();
  await broker.restart();
  await writing;
  await eventually(async () => expect(await effectsOf(db, type)).toEqual({ a: upTo(61), b: upTo(60), c: upTo(60) }), { withinMs: 30_000 });
  await Promise.all([one.stop(), worker.stop()]);
});

test('idle connections cost no timers, and the client warns of nothing', async () => {
  const type = await topicFor('idle');
  const transport = transportTo();
  await transport.publish(upTo(50).map((n) => messageOf(type, { name: 'a', n })));
  const heard: { name: string; n: number }[] = [];
  const subscription = await transport.subscribe({
    group: `group-${newId()}`,
    topics: [type.topic],
    onMessages: async (messages) => void heard.push(...messages.map(({ value }) => JSON.parse(value).payload)),
  });
  await eventually(() => expect(firsts(grouped(heard).a ?? [])).toEqual(upTo(50)));
  await subscription.stop();
  expect(warnings).toEqual([]);
});
