import { randomUUID } from 'node:crypto';
import { ensureTopics, kafkaTransport, messagingSchema } from '@boxoffice/messaging';
import { createLogger } from '@boxoffice/service-kit';
import { startKafka } from '@boxoffice/testing/kafka';
import { startPostgres } from '@boxoffice/testing/postgres';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { orderPerKey } from '../src/checks/order-per-key.ts';
import { poisonKey } from '../src/faults/engines.ts';
import type { World } from '../src/world.ts';

// A world of one service, payment, that also hears what it says.

const logger = createLogger({ service: 'test', level: 'silent' });
const [kafka, postgres] = await Promise.all([startKafka(), startPostgres({ settings: { track_commit_timestamp: 'on' } })]);
await ensureTopics({ brokers: kafka.brokers, logger });
const pool = new pg.Pool({ connectionString: postgres.adminUrl });
for (const statement of messagingSchema) await pool.query(statement);
const transport = kafkaTransport({ brokers: kafka.brokers, clientId: 'test', logger });
const sql: World['sql'] = async (service, text, values) => (service === 'payment' ? (await pool.query(text, values)).rows : []);
afterAll(async () => {
  await transport.close();
  await pool.end();
  await Promise.all([kafka.stop(), postgres.stop()]);
}, 30_000);

const topic = 'ticket-created';
const publish = (key: string, ...ids: string[]) =>
  transport.publish(ids.map((id) => ({ topic, key, value: JSON.stringify({ id, key, occurredAt: new Date().toISOString() }) })));
const apply = (...ids: string[]) => pool.query(`INSERT INTO inbox (group_name, message_id) SELECT 'ticketing', unnest($1::uuid[])`, [ids]);
/** So many messages of a key of their own, as sent. */
async function said(many: number): Promise<{ key: string; ids: string[] }> {
  const key = randomUUID();
  const ids = Array.from({ length: many }, () => randomUUID());
  for (const id of ids)
    await pool.query(`INSERT INTO outbox (id, shard, topic, key, envelope, sent_at) VALUES ($1, 0, $2, $3, '', now())`, [id, topic, key]);
  return { key, ids };
}
const look = async () => (await orderPerKey({ sql, kafka })).violations.map(({ invariant, what }) => `${invariant}: ${what}`);

test('order per key, in the topic and at a consumer: seen as it is', async () => {
  const [right, repeated, together] = [await said(3), await said(2), await said(2)];
  await publish(right.key, ...right.ids);
  await publish(repeated.key, ...repeated.ids, ...repeated.ids);
  await publish(together.key, ...together.ids);
  for (const id of right.ids) await apply(id);
  await apply(...together.ids.toReversed()); // in one transaction
  await transport.publish([{ topic, key: poisonKey, value: 'not JSON' }]);
  expect(await orderPerKey({ sql, kafka })).toEqual({ violations: [], compared: 7 });

  const [a = '', b = ''] = repeated.ids;
  await apply(b);
  await apply(a);
  expect(await look()).toEqual([`I9: ${topic} of ${repeated.key}, said by payment: ${b} came before ${a} at ticketing`]);

  const swapped = await said(2);
  const [first = '', second = ''] = swapped.ids;
  await publish(swapped.key, second, first, second);
  expect(await look()).toContain(`I9: ${topic} of ${swapped.key}, said by payment: ${second} came before ${first} in its topic`);

  const stranger = randomUUID();
  await publish('somebody', stranger);
  await transport.publish([{ topic, key: 'somebody', value: 'not JSON' }]);
  expect(await look()).toEqual(
    expect.arrayContaining([
      `I8: ${topic} ${stranger} of somebody is in its topic and stood in no outbox`,
      `I8: ${topic} that cannot be read of somebody is in its topic and stood in no outbox`,
    ]),
  );
}, 120_000);
