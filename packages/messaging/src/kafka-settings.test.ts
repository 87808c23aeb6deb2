import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { kafkaConnection, kafkaSettings } from './kafka-settings.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-kafka-'));
const ca = path.join(folder, 'ca.crt');
await writeFile(ca, 'the certificate');
const connection = (env: Record<string, string>) => kafkaConnection(z.object(kafkaSettings).parse({ KAFKA_BROKERS: 'a:1', ...env }));

test('brokers alone: no TLS, no user', () => {
  expect(connection({ KAFKA_BROKERS: ' a:1, b:2,' })).toEqual({ brokers: ['a:1', 'b:2'] });
});

test('a private CA turns TLS on; a user proves itself by SCRAM unless told otherwise', () => {
  const user = { KAFKA_USERNAME: 'hall', KAFKA_PASSWORD: 'secret' };
  expect(connection({ KAFKA_CA_FILE: ca, ...user })).toEqual({
    brokers: ['a:1'],
    tls: { ca: 'the certificate' },
    user: { mechanism: 'scram-sha-512', username: 'hall', password: 'secret' },
  });
  expect(connection({ KAFKA_TLS: 'on', ...user, KAFKA_SASL_MECHANISM: 'plain' })).toMatchObject({ tls: {}, user: { mechanism: 'plain' } });
});

test.each([
  [{ KAFKA_USERNAME: 'hall' }, 'both KAFKA_USERNAME and KAFKA_PASSWORD'],
  [{ KAFKA_PASSWORD: 'secret' }, 'both KAFKA_USERNAME and KAFKA_PASSWORD'],
  [{ KAFKA_CERT_FILE: ca }, 'both KAFKA_CERT_FILE and KAFKA_KEY_FILE'],
  [{ KAFKA_TLS: 'off', KAFKA_CA_FILE: ca }, 'KAFKA_TLS is off'],
  [{ KAFKA_CA_FILE: path.join(folder, 'none') }, 'ENOENT'],
])('%o is refused, and says why', (env, words) => expect(() => connection(env)).toThrow(words));
