import { connect as open } from 'node:net';
import { withSession } from '@boxoffice/postgres';
import { expect, test } from 'vitest';
import { kafkaBrokers, postgresServer, redisUrl } from './engines.ts';

const reaches = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = open(port, host, () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

test('a run has PostgreSQL, Redis and Kafka', async () => {
  expect(await withSession(postgresServer().url('postgres'), (session) => session.query('SHOW fsync'))).toEqual([{ fsync: 'off' }]);
  const redis = new URL(redisUrl());
  expect(await reaches(redis.hostname, Number(redis.port))).toBe(true);
  for (const broker of kafkaBrokers()) {
    const [host = '', port] = broker.split(':');
    expect(await reaches(host, Number(port))).toBe(true);
  }
  expect(kafkaBrokers()).not.toEqual([]);
});
