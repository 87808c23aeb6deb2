import { type MessageType, messageTypes, PaymentConfirmed, PaymentRefunded, TicketCancelled, TicketCreated } from '@boxoffice/contracts';
import { ensureTopics, kafkaTransport, type Transport } from '@boxoffice/messaging';
import { createMetrics, newId, runParts } from '@boxoffice/service-kit';
import { eventually, kafkaBrokers, testDatabase } from '@boxoffice/testing';
import { expect, it } from 'vitest';
import { compose, entities, migrations } from '../src/compose.ts';
import { aSale, envelopeOf, refundOf, saidIn, secrets, silent } from './stage.ts';

/** Topics and groups of this test alone, on the Kafka that every test shares. */
const prefix = `test-${newId()}.`;
const apart = (transport: Transport): Transport => ({
  ...transport,
  publish: (messages) => transport.publish(messages.map((message) => ({ ...message, topic: prefix + message.topic }))),
  subscribe: ({ group, topics, onMessages, ...rest }) =>
    transport.subscribe({
      ...rest,
      group: prefix + group,
      topics: topics.map((topic) => prefix + topic),
      onMessages: (messages, delivery) =>
        onMessages(
          messages.map((message) => ({ ...message, topic: message.topic.slice(prefix.length) })),
          delivery,
        ),
    }),
});
const kafka = (clientId: string) => apart(kafkaTransport({ brokers: kafkaBrokers(), clientId, logger: silent }));

it('two replicas on Kafka, one of them leaving midway, every message sent twice: one ticket per seat, each told', async () => {
  const types: MessageType[] = messageTypes.map((type) => ({ ...type, topic: prefix + type.topic }));
  await ensureTopics({ brokers: kafkaBrokers(), types, logger: silent });
  const db = await testDatabase({ name: 'ticketing', entities, migrations });
  const replica = async (name: string) => {
    const edges = { logger: silent, metrics: createMetrics('ticketing'), transport: kafka(name) };
    return runParts([await compose({ DATABASE_URL: db.url, ...secrets }, edges)], edges);
  };
  const sales = Array.from({ length: 40 }, () => aSale({ seats: 2 }));
  const refunded = sales.slice(0, 10);
  const mouth = kafka('mouth');
  const sayTwice = async (messages: Parameters<Transport['publish']>[0]) => {
    await mouth.publish(messages);
    await mouth.publish(messages);
  };
  const heard = new Map<string, Set<string>>();
  const ear = kafka('ear');
  await ear.subscribe({
    group: 'ear',
    topics: [TicketCreated.topic, TicketCancelled.topic],
    onMessages: async (messages) => {
      for (const { topic, value } of messages) {
        const { payload } = JSON.parse(value) as { payload: { ticketId: string } };
        heard.set(topic, (heard.get(topic) ?? new Set()).add(payload.ticketId));
      }
    },
  });
  // Half of it is there before anybody listens; refunds come on their own topic, in whatever order to the payments.
  await sayTwice([
    ...sales.slice(0, 20).map((sale) => envelopeOf(PaymentConfirmed, sale)),
    ...refunded.map((sale) => envelopeOf(PaymentRefunded, refundOf(sale))),
  ]);
  const [leaving, staying] = await Promise.all([replica('a'), replica('b')]);
  const issued = async () => (await db.query<{ count: number }>('SELECT count(*) FROM tickets'))[0]?.count ?? 0;
  await eventually(async () => expect(await issued()).toBeGreaterThan(0), { withinMs: 30_000 });
  await Promise.all([sayTwice(sales.slice(20).map((sale) => envelopeOf(PaymentConfirmed, sale))), leaving.stop()]);
  try {
    await eventually(async () => expect(await issued()).toBe(80), { withinMs: 30_000 });
    const told = () => [TicketCreated, TicketCancelled].map(({ topic }) => heard.get(topic)?.size);
    await eventually(() => expect(told()).toEqual([80, 20]), { withinMs: 30_000 });
    const perSeat = await db.query('SELECT 1 FROM tickets GROUP BY payment_id, seat_id HAVING count(*) > 1');
    expect(perSeat).toEqual([]);
    expect(await saidIn(db, TicketCreated)).toHaveLength(80);
    expect(await saidIn(db, TicketCancelled)).toHaveLength(20);
    expect(
      await db.query(`SELECT DISTINCT status FROM tickets WHERE payment_id = ANY ($1::uuid[])`, [refunded.map(({ paymentId }) => paymentId)]),
    ).toEqual([{ status: 'CANCELLED' }]);
  } finally {
    await staying.stop();
    await Promise.all([mouth.close(), ear.close()]);
  }
}, 120_000);
