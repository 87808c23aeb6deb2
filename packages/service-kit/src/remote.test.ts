import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Caller, Refusal, type RefusalCode } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { afterEach, expect, test } from 'vitest';
import { anyoneCalls, deafPort, from, identityOf, quiet, type SumService, someone, sumApi, sumRouter, sumService } from '../test/fixture.ts';
import { type CallerReader, createCallerReader } from './callers/caller-reader.ts';
import { problemOf } from './http/problem.ts';
import { type HttpServer, httpServer } from './http/server.ts';
import { type RemoteOptions, rebuiltRefusal, remote } from './remote.ts';

const open: (HttpServer | { close(): Promise<void> })[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});
async function up(instead: Partial<SumService> = {}, callers: CallerReader = from({ kind: 'anyone' })) {
  const server = httpServer({
    name: 'test',
    router: sumApi,
    api: { sum: sumService(instead) },
    routes: [],
    callers,
    ...quiet(),
    ready: async () => {},
  });
  open.push(server);
  return server.listen(0, '127.0.0.1');
}
const at = (url: string, options: RemoteOptions = {}) => remote<SumService>('sum', sumRouter, url, { audience: 'booking', ...options });
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error('Answered.')),
    (error) => error,
  );
const input = { a: 1, b: 2 };

test('answers like the service itself, by either form of its address', async () => {
  const url = await up();
  expect(await at(url).add(input, anyoneCalls())).toEqual({ total: 3 });
  expect(await at(`${url}/trpc`).keep(input, anyoneCalls())).toEqual({ total: 3 });
});

test('passes on token, idempotency key, request id and trace', async () => {
  let heard: Caller | undefined;
  const jwks = async () => ({ keys: [] });
  const reader = createCallerReader({ audience: 'booking', jwks, trusted: new Map() });
  const keep: SumService['keep'] = async (_input, caller) => {
    heard = caller;
    return { total: 0 };
  };
  const url = await up({ keep }, { read: async ({ authorization, ...headers }) => ({ ...(await reader.read(headers)), token: authorization }) });
  const caller: Caller = {
    actor: someone(),
    token: 'Bearer abc',
    idempotencyKey: 'k-1',
    requestId: 'request-1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  await at(url).keep(input, caller);
  expect({ ...heard, actor: caller.actor }).toEqual(caller);
});

test('calls as a service for the user behind the caller', async () => {
  const { self, trusted } = await identityOf('notification-analytics');
  let heard: Caller | undefined;
  const audit: SumService['audit'] = async (_input, caller) => {
    heard = caller;
    return { total: 0 };
  };
  const url = await up({ audit }, createCallerReader({ audience: 'booking', jwks: async () => ({ keys: [] }), trusted }));
  const actor = someone();
  const caller = { actor, token: 'Bearer the customer’s own', requestId: 'request-1' } as unknown as Parameters<SumService['audit']>[1]; // remote() is what turns a user into a service
  await at(url, { as: self }).audit(input, caller);
  expect(heard?.actor).toEqual({ kind: 'service', name: 'notification-analytics', onBehalfOf: actor.kind === 'user' ? actor.userId : '' });
  // For another callee the token is worthless; the customer must not be told to log in again.
  expect(await failure(at(url, { as: self, audience: 'ticketing' }).audit(input, caller))).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
});

test.each([
  [new Refusal('SEAT_LIMIT_EXCEEDED', { limit: 8, taken: 7 })],
  [rebuiltRefusal({ code: 'NOT_KNOWN_YET', details: { seats: ['x'] }, status: 'PRECONDITION_FAILED', message: 'A newer no.' })],
])('throws the refusal that was said: %s', async (said) => {
  const url = await up({ add: async () => Promise.reject(said) });
  const heard = await failure(at(url).add(input, anyoneCalls()));
  expect(heard).toBeInstanceOf(Refusal);
  expect(heard).toMatchObject({ refusal: said.refusal, code: said.code, message: said.message });
  expect((heard as Refusal<RefusalCode>).refusal).toEqual(said.refusal); // an instance of it: see above
});

test('a bug over there is a bug here, without words; bad input keeps its fields', async () => {
  const url = await up({ add: async () => Promise.reject(new Error('s3cret')) });
  expect(await failure(at(url).add(input, anyoneCalls()))).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: 'Internal error.' });
  const bad = await failure(at(url).add({ a: 1.5, b: 2 }, anyoneCalls()));
  expect(bad).toBeInstanceOf(TRPCError);
  expect(problemOf(bad)).toMatchObject({ status: 400, title: 'Invalid input.', issues: [{ path: 'a', message: expect.any(String) }] });
});

test('silence is SERVICE_UNAVAILABLE: nobody there, no answer in time, no tRPC', async () => {
  expect(await failure(at(`http://127.0.0.1:${await deafPort()}`).add(input, anyoneCalls()))).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    message: 'The sum service does not answer.',
  });
  const late = await up({ add: () => new Promise(() => {}) });
  const start = performance.now();
  expect(await failure(at(late, { deadlineMs: 100 }).add(input, anyoneCalls()))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(performance.now() - start).toBeLessThan(1_000);
  const proxy: Server = createServer((_req, res) => res.writeHead(502).end('<html>bad gateway'));
  open.push({
    close: () =>
      new Promise((resolve) => {
        proxy.closeAllConnections();
        proxy.close(() => resolve());
      }),
  });
  const port = await new Promise<number>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve((proxy.address() as AddressInfo).port))); // listening on TCP
  expect(await failure(at(`http://127.0.0.1:${port}`).add(input, anyoneCalls()))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});
