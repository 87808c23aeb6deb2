import { request } from 'node:http';
import { type PlainRoute, Refusal } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { afterEach, expect, test } from 'vitest';
import { from, heardLogger, quiet, type SumService, someone, sumApi, sumService } from '../../test/fixture.ts';
import type { CallerReader } from '../callers/caller-reader.ts';
import { createMetrics } from '../metrics.ts';
import { observed } from '../observed.ts';
import { readBody } from './body.ts';
import type { Route } from './routes.ts';
import { type HttpServer, httpServer } from './server.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

type Setup = { instead?: Partial<SumService>; routes?: Route[]; callers?: CallerReader; ready?: () => Promise<void> };
async function up({ instead, routes = [], callers = from({ kind: 'anyone' }), ready = async () => {} }: Setup = {}) {
  const { logger, lines } = heardLogger();
  const metrics = createMetrics('test');
  const api = { sum: observed('sum', sumService(instead), { logger, metrics }) };
  const server = httpServer({ name: 'test', router: sumApi, api, routes, callers, logger, metrics, ready });
  open.push(server);
  return { url: await server.listen(0, '127.0.0.1'), lines, metrics };
}
const route = (spec: Partial<PlainRoute>, handle: Route['handle']): Route => ({
  spec: { owner: 'booking', method: 'GET', path: '/things/:thingId', audience: 'anyone', stream: false, maxBodyBytes: 0, ...spec },
  handle,
});
const asked = async (url: string, init?: RequestInit) => {
  const answer = await fetch(url, init);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
};
const sum = (input: unknown) => `/trpc/sum.add?input=${encodeURIComponent(JSON.stringify(input))}`;

test('answers procedures, with the request id that came or a new one', async () => {
  const { url, lines } = await up();
  const first = await asked(url + sum({ a: 1, b: 2 }), { headers: { 'x-request-id': 'my-request-1' } });
  expect(first).toMatchObject({ status: 200, body: { result: { data: { total: 3 } } } });
  expect(first.headers.get('x-request-id')).toBe('my-request-1');
  expect(first.headers.get('x-powered-by')).toBeNull();
  expect(lines.find(({ use_case }) => use_case === 'add')).toMatchObject({ requestId: 'my-request-1', outcome: 'ok', level: 'info' });
  const second = await asked(url + sum({ a: 1, b: 2 }), { headers: { 'x-request-id': '<b>' } });
  expect(second.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
});

test('a refusal tells when to come again; a batch the longest wait', async () => {
  const refuse: SumService['add'] = async ({ a }) => Promise.reject(new Refusal('OVERLOADED', { retryAfterSeconds: a }));
  const { url } = await up({ instead: { add: refuse } });
  const one = await asked(url + sum({ a: 3, b: 0 }));
  expect(one).toMatchObject({ status: 503, body: { error: { data: { refusal: { code: 'OVERLOADED', details: { retryAfterSeconds: 3 } } } } } });
  expect(one.headers.get('retry-after')).toBe('3');
  const input = encodeURIComponent(JSON.stringify({ 0: { a: 3, b: 0 }, 1: { a: 7, b: 0 } }));
  expect((await asked(`${url}/trpc/sum.add,sum.add?batch=1&input=${input}`)).headers.get('retry-after')).toBe('7');
});

test('a bug is 500 without words or stack, and logged once', async () => {
  const { url, lines } = await up({ instead: { add: async () => Promise.reject(new Error('SELECT s3cret')) } });
  const answer = await asked(url + sum({ a: 1, b: 2 }));
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toMatch(/s3cret|stack|node_modules/);
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  expect(JSON.stringify(lines)).toContain('SELECT s3cret');
});

test('an answer that breaks its own promise is 500 and logged', async () => {
  const wrong: SumService['add'] = async () => ({ total: 1.5 });
  const { url, lines } = await up({ instead: { add: wrong } });
  expect((await asked(url + sum({ a: 1, b: 2 }))).status).toBe(500);
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('bounds batches and bodies', async () => {
  const { url } = await up();
  const batch = await asked(`${url}/trpc/${Array(21).fill('sum.add').join()}?batch=1&input=%7B%7D`);
  expect(batch.status).toBe(400);
  for (const size of [70_000, 8_000_000]) {
    const body = JSON.stringify({ a: 1, b: 2, pad: 'x'.repeat(size) });
    expect((await asked(`${url}/trpc/sum.keep`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status).toBe(413);
  }
});

test('a caller that cannot be read is refused in the shape that was asked in', async () => {
  const callers: CallerReader = { read: () => Promise.reject(new TRPCError({ code: 'UNAUTHORIZED', message: 'No.' })) };
  const { url } = await up({ callers, routes: [route({}, async () => {})] });
  expect(await asked(url + sum({ a: 1, b: 2 }))).toMatchObject({ status: 401, body: { error: { message: 'No.', data: { code: 'UNAUTHORIZED' } } } });
  expect(await asked(`${url}/things/1`)).toMatchObject({
    status: 401,
    body: { type: 'urn:boxoffice:UNAUTHORIZED', title: 'No.', status: 401, code: 'UNAUTHORIZED' },
  });
});

test('routes get parameters, query and the caller', async () => {
  const { url } = await up({
    routes: [route({}, async ({ req, res, caller }) => void res.end(JSON.stringify([req.params, req.query, caller.actor.kind])))],
  });
  expect((await asked(`${url}/things/t%201?x=1&x=2&y=3`)).body).toEqual([{ thingId: 't 1' }, { x: ['1', '2'], y: '3' }, 'anyone']);
});

test('the audience of a route is checked before its body is read', async () => {
  let reached = false;
  const upload = (audience: PlainRoute['audience']) =>
    route({ method: 'POST', path: '/uploads', audience }, async () => {
      reached = true;
    });
  const body = 'x'.repeat(5_000_000);
  const post = async (audience: PlainRoute['audience'], callers: CallerReader) =>
    asked(`${(await up({ routes: [upload(audience)], callers })).url}/uploads`, { method: 'POST', body });
  expect(await post('user', from({ kind: 'anyone' }))).toMatchObject({
    status: 401,
    body: { title: 'Log in, or go on as a guest, and send the access token.' },
  });
  expect(await post('user', from({ kind: 'service', name: 'payment' }))).toMatchObject({ status: 403, body: { title: 'Only people may do this.' } });
  const guest = { ...someone(), guest: true };
  expect(await post('account', from(guest))).toMatchObject({ status: 403 });
  expect(await post('service', from(someone()))).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect(reached).toBe(false);
});

test('a sender of too much gets to read the 413, announced or not', async () => {
  const take = route(
    { method: 'POST', path: '/uploads' },
    async ({ req, res }) => void res.end(JSON.stringify((await readBody(req, 100_000)).length)),
  );
  const { url } = await up({ routes: [take] });
  expect((await asked(`${url}/uploads`, { method: 'POST', body: 'x'.repeat(100_000) })).body).toBe(100_000);
  const announced = await asked(`${url}/uploads`, { method: 'POST', body: 'x'.repeat(8_000_000) });
  expect(announced).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE', title: 'The body may have at most 100000 bytes.' } });
  const chunks = async function* () {
    for (let i = 0; i < 100; i++) yield new Uint8Array(100_000);
  };
  // fetch takes async iterables as bodies; the DOM-shaped type does not say so.
  const init = { method: 'POST', body: ReadableStream.from(chunks()), duplex: 'half' } as RequestInit;
  expect((await asked(`${url}/uploads`, init)).status).toBe(413);
});

test('what a route throws is problem+json', async () => {
  const routes = [
    route({ path: '/refused' }, async () => Promise.reject(new Refusal('RATE_LIMITED', { retryAfterSeconds: 4 }))),
    route({ path: '/broken' }, async () => Promise.reject(new Error('s3cret'))),
  ];
  const { url, lines } = await up({ routes });
  const refused = await asked(`${url}/refused`);
  expect(refused).toMatchObject({
    status: 429,
    body: { type: 'urn:boxoffice:RATE_LIMITED', status: 429, code: 'RATE_LIMITED', details: { retryAfterSeconds: 4 } },
  });
  expect([refused.headers.get('content-type'), refused.headers.get('retry-after')]).toEqual(['application/problem+json', '4']);
  expect((await asked(`${url}/broken`)).body).toEqual({
    type: 'urn:boxoffice:INTERNAL_SERVER_ERROR',
    title: 'Internal error.',
    status: 500,
    code: 'INTERNAL_SERVER_ERROR',
  });
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test.each([['/nothing'], ['/trpc'], ['/constructor'], ['/things']])('nothing at %s is problem+json 404', async (path) => {
  const { url } = await up({ routes: [route({}, async () => {})] });
  const answer = await fetch(url + path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, path === '/trpc' ? 'application/json' : 'application/problem+json']);
});

test('an address that cannot be decoded is 400', async () => {
  const { url } = await up({ routes: [route({}, async () => {})] });
  expect(await asked(`${url}/things/%E0%A4%A`)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
});

test('an answer that breaks half-way is broken off', async () => {
  const half = route({}, async ({ res }) => {
    res.write('half');
    throw new Error('engine away');
  });
  const { url, lines } = await up({ routes: [half] });
  await expect(fetch(`${url}/things/1`).then((answer) => answer.text())).rejects.toThrow();
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('tells a route that its caller has left', async () => {
  const left = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const wait = route({}, async ({ signal }) => {
    signal.addEventListener('abort', () => left.resolve());
    arrived.resolve();
    await left.promise;
  });
  const { url } = await up({ routes: [wait] });
  const req = request(`${url}/things/1`)
    .on('error', () => {})
    .end();
  await arrived.promise;
  req.destroy();
  await left.promise;
});

test('probes: alive while the loop turns, ready when it can serve', async () => {
  let fault: string | undefined = 'schema: 1 migration is missing';
  let looks = 0;
  const { url } = await up({
    ready: async () => {
      looks += 1;
      if (fault) throw new Error(fault);
    },
  });
  expect(await asked(`${url}/healthz`)).toMatchObject({ status: 200 });
  expect(await asked(`${url}/readyz`)).toMatchObject({ status: 503, body: { ready: false, reason: fault } });
  fault = undefined;
  expect(await asked(`${url}/readyz`)).toMatchObject({ status: 200, body: { ready: true } });
  expect(looks).toBe(2);
});

test('counts requests by route, not by address', async () => {
  const { url, metrics } = await up({ routes: [route({}, async ({ res }) => void res.end('{}'))] });
  await Promise.all(['/things/1', '/things/2', '/nothing/3', sum({ a: 1, b: 2 })].map((path) => fetch(url + path).then((answer) => answer.text())));
  const text = await metrics.text();
  expect(text).toContain('boxoffice_http_request_seconds_count{route="/things/:thingId",method="GET",status="200"} 2');
  expect(text).toContain('boxoffice_http_request_seconds_count{route="other",method="GET",status="404"} 1');
  expect(text).toContain('boxoffice_http_request_seconds_count{route="/trpc",method="GET",status="200"} 1');
});

test('a port that is taken is an error, not a hang', async () => {
  const { url } = await up();
  const { logger, metrics } = quiet();
  const second = httpServer({
    name: 'test',
    router: sumApi,
    api: { sum: sumService() },
    routes: [],
    callers: from({ kind: 'anyone' }),
    logger,
    metrics,
    ready: async () => {},
  });
  await expect(second.listen(Number(new URL(url).port), '127.0.0.1')).rejects.toThrow(/EADDRINUSE/);
  await second.close();
});
