import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appRouter } from '@boxoffice/contracts';
import { createLogger, createMetrics, httpServer, readBody, type ServiceIdentity } from '@boxoffice/service-kit';
import { anyone } from '@boxoffice/testing';
import { afterEach, expect, test } from 'vitest';
import { compose } from './compose.ts';
import { Config } from './config.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of opened.splice(0).reverse()) await server.close();
});

async function gatewayBefore(env: Record<string, string> = {}) {
  const heard: { body: Buffer; headers: object; url: string | undefined }[] = [];
  const service = createServer(async (req, res) => {
    heard.push({ body: await readBody(req, 10_000_000), headers: req.headers, url: req.url });
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"received":true}');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  opened.push({ close: () => service.closeAllConnections() }, service);
  const logger = createLogger({ service: 'gateway', level: 'silent' });
  const metrics = createMetrics('gateway');
  const callers = { read: async () => anyone() };
  const self = { name: 'gateway', tokenFor: async () => '' } satisfies ServiceIdentity;
  const PAYMENT_URL = `http://127.0.0.1:${(service.address() as AddressInfo).port}`; // listening on TCP
  const part = await compose(Config.parse({ PAYMENT_URL, SERVICE_KEY_FILE: 'k', SERVICE_TRUST_FILE: 't', ...env }), {
    logger,
    metrics,
    callers,
    self,
  });
  const http = httpServer({ ...part, name: 'gateway', router: appRouter, logger, metrics, callers: part.callers ?? callers });
  opened.push(part, http);
  const url = await http.listen(0, '127.0.0.1');
  const post = (body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) =>
    fetch(`${url}/webhooks/stripe/0193a000-0000-7000-8000-000000000001`, { method: 'POST', body, headers });
  return { post, heard };
}

test('a webhook reaches payment byte for byte, whatever it says it is, with its signature', async () => {
  const { post, heard } = await gatewayBefore();
  const bodies = [Buffer.from('{"id" : "evt_1",\n "é":"\\u00e9"}  '), Buffer.from([0, 255, 254, 13, 10, 0]), Buffer.from('a=1&b=2')];
  const types = ['application/json; charset=utf-8', 'application/json', 'application/x-www-form-urlencoded'];
  for (const [at, body] of bodies.entries()) {
    const answer = await post(new Uint8Array(body), { 'content-type': types[at] ?? '', 'stripe-signature': 't=1,v1=ab' });
    expect([answer.status, await answer.text()]).toEqual([200, '{"received":true}']);
  }
  expect(heard.map(({ body }) => body)).toEqual(bodies);
  for (const { headers, url } of heard) {
    expect(headers).toMatchObject({ 'stripe-signature': 't=1,v1=ab' });
    expect(url).toBe('/webhooks/stripe/0193a000-0000-7000-8000-000000000001');
  }
});

test('one of more than 256 kB is turned away here: payment hears nothing of it', async () => {
  const { post, heard } = await gatewayBefore();
  const answer = await post('x'.repeat(1_000_000));
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  expect((await post('x'.repeat(256 * 1024))).status).toBe(200);
  expect(heard).toHaveLength(1);
});

test('they are counted like every call without a token', async () => {
  const { post, heard } = await gatewayBefore({ LIMIT_ANONYMOUS: '5', LIMIT_WINDOW_S: '60' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('{}')));
  const refused = answers.filter(({ status }) => status === 429);
  expect([refused.length, heard.length]).toEqual([15, 5]);
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
});
