import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { PlainRoute } from '@boxoffice/contracts';
import { expect, test } from 'vitest';
import { from, gate, quiet, sumApi, sumService } from '../../test/fixture.ts';
import { openEventStream } from './event-stream.ts';
import type { Route } from './routes.ts';
import { httpServer } from './server.ts';

const spec = (path: `/${string}`, stream = false): PlainRoute => ({
  owner: 'booking',
  method: 'GET',
  path,
  audience: 'anyone',
  stream,
  maxBodyBytes: 0,
});

async function up(options: { drainMs?: number; idleGraceMs?: number } = {}) {
  const { logger, metrics } = quiet();
  const arrived = gate();
  const release = gate();
  const slow: Route = {
    spec: spec('/slow'),
    handle: async ({ res }) => {
      arrived.resolve();
      await release.promise;
      res.end('whole');
    },
  };
  const live: Route = { spec: spec('/live', true), handle: async ({ res, signal }) => openEventStream(res, signal).closed };
  const forwarded: Route = {
    spec: spec('/forwarded', true),
    handle: async ({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(': hello\n\n');
    },
  };
  const server = httpServer({
    name: 'test',
    router: sumApi,
    api: { sum: sumService() },
    routes: [slow, live, forwarded],
    callers: from({ kind: 'anyone' }),
    logger,
    metrics,
    ready: async () => {},
    ...options,
  });
  return { server, url: await server.listen(0, '127.0.0.1'), arrived, release };
}
const got = (url: string, agent?: Agent) =>
  new Promise<{ status: number | undefined; connection: string | undefined; text: string }>((resolve, reject) => {
    get(url, { agent }, (res: IncomingMessage) => {
      let text = '';
      res.on('data', (chunk) => {
        text += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode, connection: res.headers.connection, text }));
      res.on('error', reject);
    }).on('error', reject);
  });

test('requests under way are answered whole; new connections are not taken', async () => {
  const { server, url, arrived, release } = await up();
  const answers = Array.from({ length: 20 }, () => got(`${url}/slow`));
  await arrived.promise;
  await expect.poll(() => new Promise((resolve) => server.server.getConnections((_e, count) => resolve(count)))).toBe(20);
  await got(`${url}/healthz`); // all of the earlier requests were taken in before this one
  const closed = server.close();
  await expect(got(`${url}/slow`, new Agent({ keepAlive: false }))).rejects.toThrow(/ECONNREFUSED/);
  release.resolve();
  const texts = await Promise.all(answers);
  await closed;
  expect(texts.every(({ status, text }) => status === 200 && text === 'whole')).toBe(true);
});

test('an open connection may still bring a request for a moment; its answer says to leave, and that it drains', async () => {
  const { server, url } = await up({ idleGraceMs: 300 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await got(`${url}/healthz`, agent);
  const closed = server.close();
  const answer = await got(`${url}/readyz`, agent);
  expect(answer).toMatchObject({ status: 503, connection: 'close' });
  expect(answer.text).toContain('draining');
  await closed;
  agent.destroy();
});

test('an answer that was under way when it began says to leave as well', async () => {
  const { server, url, arrived, release } = await up({ idleGraceMs: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answer = got(`${url}/slow`, agent);
  await arrived.promise;
  const closed = server.close();
  release.resolve();
  expect(await answer).toEqual({ status: 200, connection: 'close', text: 'whole' });
  await closed;
  agent.destroy();
});

test('clients are told to leave a connection unused long before it is closed', async () => {
  const { server, url } = await up();
  const answer = await fetch(`${url}/healthz`);
  expect(answer.headers.get('keep-alive')).toBe('timeout=5');
  expect(server.server.keepAliveTimeout + server.server.keepAliveTimeoutBuffer).toBe(65_000);
  await server.close();
});

test('a request that takes too long is cut at the end of the drain', async () => {
  const { server, url, arrived, release } = await up({ drainMs: 100 });
  const answer = got(`${url}/slow`).catch((error: Error) => error);
  await arrived.promise;
  const start = performance.now();
  await server.close();
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(await answer).toBeInstanceOf(Error);
  release.resolve();
});

test('event streams end first and hold nothing up, forwarded ones too', async () => {
  const { server, url } = await up({ drainMs: 5_000 });
  const live = await fetch(`${url}/live`);
  const forwarded = await fetch(`${url}/forwarded`);
  const [text, broken] = [live.text(), forwarded.text().catch((error: unknown) => error)];
  const start = performance.now();
  await server.close();
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(await text).toBe('');
  expect(await broken).toBeInstanceOf(Error);
});

test('closing twice, and before listening, is nothing', async () => {
  const { server } = await up();
  await Promise.all([server.close(), server.close()]);
  await server.close();
});

test('a connection that never asked for anything does not hold up the end', async () => {
  const { server, url } = await up({ drainMs: 60_000 });
  const silent = connect(Number(new URL(url).port), '127.0.0.1');
  const gone = new Promise((resolve) => silent.once('close', resolve));
  await expect.poll(() => new Promise((resolve) => server.server.getConnections((_e, count) => resolve(count)))).toBe(1);
  await server.close(); // the test's own deadline is far below drainMs
  await gone;
});
