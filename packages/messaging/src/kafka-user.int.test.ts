import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startKafka } from '@boxoffice/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logger, stepsOf } from '../test/stage.ts';
import { ensureTopics, type KafkaConnection, kafkaConnection } from './index.ts';

const user = { name: 'hall', password: 'correct-horse-battery' };
const wanted = [stepsOf('secured')];
let folder: string;
let kafka: Awaited<ReturnType<typeof startKafka>>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-kafka-user-'));
  kafka = await startKafka({ folder, user });
});
afterAll(async () => {
  await kafka?.stop();
  await rm(folder, { recursive: true, force: true });
});

const settings = () => ({
  KAFKA_BROKERS: kafka.brokers,
  KAFKA_CA_FILE: path.join(folder, 'ca.crt'),
  KAFKA_USERNAME: user.name,
  KAFKA_PASSWORD: user.password,
  KAFKA_SASL_MECHANISM: 'scram-sha-512' as const,
});
const made = (connection: KafkaConnection) => ensureTopics({ ...connection, types: wanted, logger });

test('a broker that wants TLS and a user is reached with both', async () => {
  expect(await made(kafkaConnection(settings()))).toEqual([wanted[0]?.topic]);
  expect(await made(kafkaConnection(settings()))).toEqual([]);
});

test.each([
  ['a wrong password', { KAFKA_PASSWORD: 'wrong' }, /authentication/i],
  ['a CA that is not the broker’s', { KAFKA_CA_FILE: undefined, KAFKA_TLS: 'on' as const }, /self-signed|certificate/i],
])('%s is refused', async (_, wrong, words) => {
  await expect(made(kafkaConnection({ ...settings(), ...wrong }))).rejects.toThrow(words);
});
