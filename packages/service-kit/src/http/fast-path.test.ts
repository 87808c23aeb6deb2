import { Refusal } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { afterEach, describe, expect, test } from 'vitest';
import { from, heardLogger, type SumService, someone, sumApi, sumService } from '../../test/fixture.ts';
import type { CallerReader } from '../callers/caller-reader.ts';
import { createMetrics } from '../metrics.ts';
import { observed } from '../observed.ts';
import { type HttpServer, httpServer } from './server.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function up(keep: SumService['keep'], callers: CallerReader) {
  const { logger, lines } = heardLogger();
  const metrics = createMetrics('test');
  const api = { sum: observed('sum', sumService({ keep }), { logger, metrics }) };
  const server = httpServer({ name: 'test', router: sumApi, api, routes: [], callers, logger, metrics, ready: async () => {} });
  open.push(server);
  return { url: await server.listen(0, '127.0.0.1'), lines, metrics };
}

/** What the adapter is asked with, and the fast path leaves to it; it changes nothing about the answer. */
const theAdapter = { 'trpc-accept': 'application/json' };

type Case = { keep?: SumService['keep']; callers?: CallerReader; body?: string | Buffer; headers?: Record<string, string>; path?: string };
const good = JSON.stringify({ a: 1, b: 2 });
const cases: Record<string, Case> = {
  'an answer': {},
  'a refusal': { keep: () => Promise.reject(new Refusal('SEATING_PLAN_TOO_LARGE', { maxBytes: 1 })) },
  'a refusal that tells when to come again': { keep: () => Promise.reject(new Refusal('OVERLOADED', { retryAfterSeconds: 1.2 })) },
  'a bug': { keep: () => Promise.reject(new Error('SELECT s3cret')) },
  'something thrown that is no error': { keep: () => Promise.reject('what') },
  'an answer that breaks its promise': { keep: async () => ({ total: 1.5 }) },
  'a caller that cannot be read': { callers: { read: () => Promise.reject(new TRPCError({ code: 'UNAUTHORIZED', message: 'No.' })) } },
  'bad input': { body: '{"a":"one"}' },
  'broken JSON': { body: '{"a":' },
  'no body': { body: '' },
  'a body of null': { body: 'null' },
  'prototype keys': { body: '{"__proto__":{"a":1},"constructor":2}' },
  'a byte order mark': { body: `\uFEFF${good}` },
  'bytes that are not UTF-8': { body: Buffer.concat([Buffer.from('{"a":1,"b":2,"c":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]) },
  'another type': { headers: { 'content-type': 'text/plain' } },
  'a character set': { headers: { 'content-type': 'Application/JSON; charset=utf-8' } },
  'a body that is too large': { body: JSON.stringify({ a: 1, b: 2, pad: 'x'.repeat(70_000) }) },
  'a query, asked as a mutation': { path: 'sum.add' },
  'a procedure for services': { path: 'sum.audit' },
  'an unknown procedure': { path: 'sum.nope' },
  'the name of a prototype': { path: 'constructor' },
  'a name in other letters': { path: 'sum.%6beep' },
};

describe('the fast path answers as the adapter does:', () => {
  test.each(Object.entries(cases))(
    '%s',
    async (_name, { keep = sumService().keep, callers = from(someone()), body = good, headers, path = 'sum.keep' }) => {
      const { url, lines } = await up(keep, callers);
      const ask = async (extra: Record<string, string>) => {
        const answer = await fetch(`${url}/trpc/${path}`, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json', 'x-request-id': 'request-1', ...headers, ...extra },
        });
        const {
          'content-length': _length,
          date: _date,
          'transfer-encoding': _coding,
          connection: _connection,
          'keep-alive': _alive,
          ...told
        } = Object.fromEntries(answer.headers);
        const logged = lines.splice(0).map(({ level, msg, code, outcome }) => ({ level, msg, code, outcome }));
        return { status: answer.status, told, text: await answer.text(), logged };
      };
      const quick = await ask({});
      expect(quick).toEqual(await ask(theAdapter));
      expect(quick.text).not.toContain('s3cret');
    },
  );
});

test('takes single mutations and nothing else, and is seen in the metrics', async () => {
  const { url, metrics } = await up(sumService().keep, from(someone()));
  const answer = await fetch(`${url}/trpc/sum.keep`, { method: 'POST', body: good, headers: { 'content-type': 'application/json' } });
  expect(answer.headers.get('content-length')).toBe(String((await answer.text()).length)); // the adapter sends chunks
  const slow = await fetch(`${url}/trpc/sum.keep`, { method: 'POST', body: good, headers: { 'content-type': 'application/json', ...theAdapter } });
  expect(slow.headers.get('content-length')).toBeNull();
  expect(await metrics.text()).toMatch(/boxoffice_http_request_seconds_count\{[^}]*route="\/trpc",method="POST",status="200"[^}]*\} 2/);
});

test('a caller who leaves is told to the procedure, and harms nobody', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const keep: SumService['keep'] = async ({ a, b }) => {
    started.resolve();
    await finish.promise;
    return { total: a + b };
  };
  const { url } = await up(keep, from(someone()));
  const leaving = new AbortController();
  const left = fetch(`${url}/trpc/sum.keep`, { method: 'POST', body: good, headers: { 'content-type': 'application/json' }, signal: leaving.signal });
  await started.promise;
  leaving.abort();
  await expect(left).rejects.toThrow();
  finish.resolve();
  const next = await fetch(`${url}/trpc/sum.keep`, { method: 'POST', body: good, headers: { 'content-type': 'application/json' } });
  expect(next.status).toBe(200);
});
