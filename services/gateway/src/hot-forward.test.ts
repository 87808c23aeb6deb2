import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { appRouter } from '@boxoffice/contracts';
import { createLogger, createMetrics, type HttpServer, httpServer, readBody, type ServiceIdentity } from '@boxoffice/service-kit';
import { asUser } from '@boxoffice/testing';
import { afterEach, expect, test } from 'vitest';
import { compose } from './compose.ts';
import { Config } from './config.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of opened.splice(0).reverse()) await server.close();
});

/** What the service behind does with a connection: the gateway must bear all of it. */
type Behind = (req: IncomingMessage, res: ServerResponse) => void;

async function gatewayBefore(behind: Behind, env: Record<string, string> = {}) {
  const service: Server = createServer(behind);
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  opened.push({ close: () => service.closeAllConnections() }, service);
  const { port } = service.address() as AddressInfo; // listening on TCP
  const logger = createLogger({ service: 'gateway', level: 'silent' });
  const metrics = createMetrics('gateway');
  const customer = asUser();
  const callers = { read: async () => customer };
  const self = { name: 'gateway', tokenFor: async () => '' } satisfies ServiceIdentity;
  const address = `http://127.0.0.1:${port}`;
  const config = Config.parse({ BOOKING_URL: address, PAYMENT_URL: address, SERVICE_KEY_FILE: 'k', SERVICE_TRUST_FILE: 't', ...env });
  const part = await compose(config, { logger, metrics, callers, self });
  const http: HttpServer = httpServer({ ...part, name: 'gateway', router: appRouter, logger, metrics, callers: part.callers ?? callers });
  opened.push(part, http);
  const url = await http.listen(0, '127.0.0.1');
  const ask = async (headers: Record<string, string> = {}, procedure = 'booking.holdSeats') => {
    const answer = await fetch(`${url}/trpc/${procedure}`, {
      method: 'POST',
      body: '{"x":1}',
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
  };
  return Object.assign(ask, { port: Number(new URL(url).port) });
}

test('a hot call arrives with its body and end-to-end headers, and its answer is dressed like every other', async () => {
  const heard: unknown[] = [];
  const ask = await gatewayBefore(async (req, res) => {
    const body = (await readBody(req, 100)).toString();
    heard.push({ body, key: req.headers['idempotency-key'], id: req.headers['x-request-id'], te: req.headers.te });
    res.writeHead(409, { 'content-type': 'application/json', 'retry-after': '7', 'keep-alive': 'timeout=5' }).end('{"said":"no"}');
  });
  const { status, headers, text } = await ask({ 'idempotency-key': 'key-1', 'x-request-id': 'request-1', te: 'trailers' });
  expect({ status, text }).toEqual({ status: 409, text: '{"said":"no"}' });
  expect(heard).toEqual([{ body: '{"x":1}', key: 'key-1', id: 'request-1', te: undefined }]);
  expect(headers).toMatchObject({
    'retry-after': '7',
    'x-request-id': 'request-1',
    'x-content-type-options': 'nosniff',
    'ratelimit-policy': expect.any(String),
  });
});

test.each(['https://shop.example', 'https://elsewhere.example', undefined])(
  'a page of %s may read the answer of a hot call exactly where it may others',
  async (origin) => {
    const ask = await gatewayBefore((_req, res) => res.writeHead(200, { vary: 'accept', 'x-request-id': 'request-1' }).end('{}'), {
      CORS_ORIGINS: 'https://shop.example,https://box.example',
    });
    const told = async (headers: Record<string, string>) => {
      const answer = await ask({ ...headers, ...(origin && { origin }) });
      const { 'content-length': _length, 'transfer-encoding': _coding, date: _date, ...rest } = answer.headers;
      return rest;
    };
    const hot = await told({});
    expect(hot).toEqual(await told({ 'trpc-accept': 'application/json' })); // the long way
    expect(hot).toMatchObject({ 'x-request-id': 'request-1', ...(origin === 'https://shop.example' && { 'access-control-allow-origin': origin }) });
    expect('access-control-allow-origin' in hot).toBe(origin === 'https://shop.example');
  },
);

test.each<[string, Behind]>([
  ['hangs up', (req) => req.socket.destroy()],
  ['hangs up in the middle of its answer', (req, res) => void res.writeHead(200, { 'content-length': '100' }).write('{', () => req.socket.destroy())],
  ['does not answer in time', () => {}],
])('a service that %s is 503, to be tried again', async (_name, behind) => {
  const ask = await gatewayBefore(behind, { CALL_DEADLINE_MS: '100' });
  const { status, headers, text } = await ask();
  expect({ status, wait: headers['retry-after'] }).toEqual({ status: 503, wait: '1' });
  expect(JSON.parse(text)).toMatchObject({ error: { data: { code: 'SERVICE_UNAVAILABLE', path: 'booking.holdSeats' } } });
});

test('a customer over the limit hears RATE_LIMITED, and the service hears nothing', async () => {
  let heard = 0;
  const ask = await gatewayBefore(
    (_req, res) => {
      heard += 1;
      res.end('{}');
    },
    { LIMIT_CUSTOMER: '3' },
  );
  const answers = [];
  for (let call = 0; call < 5; call++) answers.push(await ask());
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  expect(Number(answers[4]?.headers['retry-after'])).toBeGreaterThan(0);
  expect(JSON.parse(answers[4]?.text ?? '')).toMatchObject({ error: { data: { refusal: { code: 'RATE_LIMITED' } } } });
  expect(heard).toBe(3);
});

const hot = ['booking.holdSeats', 'booking.holdBestAvailable', 'booking.holdAdmission', 'payment.createPayment', 'payment.confirmPayment'];
test.each(hot)('%s goes by the short way, to its owner', async (procedure) => {
  const heard: unknown[] = [];
  const ask = await gatewayBefore((req, res) => {
    heard.push({ url: req.url, length: req.headers['content-length'] });
    res.end('{}');
  });
  expect(await ask({}, procedure)).toMatchObject({ status: 200, text: '{}', headers: { 'content-length': '2' } }); // the long way answers in chunks
  expect(heard).toEqual([{ url: `/trpc/${procedure}`, length: '7' }]);
});

test('payments that wait do not turn holds away', async () => {
  const waiting: ServerResponse[] = [];
  const ask = await gatewayBefore((req, res) => void (req.url?.includes('payment') ? waiting.push(res) : res.end('{}')), { MAX_CALLS: '1' });
  const payment = ask({}, 'payment.confirmPayment');
  await expect.poll(() => waiting.length).toBe(1);
  expect(await ask({}, 'payment.createPayment')).toMatchObject({ status: 503 });
  expect(await ask()).toMatchObject({ status: 200 });
  for (const res of waiting) res.end('{}');
  expect(await payment).toMatchObject({ status: 200 });
});

test('more than the process can carry is OVERLOADED at once', async () => {
  const waiting: ServerResponse[] = [];
  const ask = await gatewayBefore((_req, res) => void waiting.push(res), { MAX_CALLS: '2' });
  const first = [ask(), ask()];
  await expect.poll(() => waiting.length).toBe(2);
  expect(await ask()).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  for (const res of waiting) res.end('{}');
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
  const next = ask(); // and there is room again
  await expect.poll(() => waiting.length).toBe(3);
  waiting[2]?.end('{}');
  expect(await next).toMatchObject({ status: 200 });
});

test('who promises a body and sends none loses his place when the time of a call is over', async () => {
  const { port } = await gatewayBefore(() => {}, { CALL_DEADLINE_MS: '100' });
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /trpc/booking.holdSeats HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve).resume());
});
