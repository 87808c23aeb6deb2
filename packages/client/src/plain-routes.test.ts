import { plainRoutes } from '@boxoffice/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { answer, ids, type Script, tinyServer } from '../test/tiny-server.ts';
import { createBoxOfficeClient, refusedWith, TRPCClientError } from './index.ts';
import { paths } from './plain-routes.ts';

let server: Awaited<ReturnType<typeof tinyServer>> | undefined;
const serve = async (script: Script) => {
  server = await tinyServer({}, script);
  return { server, client: createBoxOfficeClient({ url: server.url, token: 'good' }) };
};
afterEach(() => server?.close());

const problem = (status: number, code: string, details?: object) => ({
  type: `urn:boxoffice:${code}`,
  title: 'No.',
  status,
  code,
  ...(details && { details }),
});
const asProblem = { 'content-type': 'application/problem+json' };
const unavailable: Script = (_seen, _req, res) =>
  answer(res, 503, problem(503, 'OVERLOADED', { retryAfterSeconds: 1 }), { ...asProblem, 'retry-after': '0' });

describe('files', () => {
  it('have the paths of the contract', () => {
    expect(paths).toEqual(Object.fromEntries(Object.entries(plainRoutes).map(([name, { path }]) => [name, path])));
  });

  it.each([
    ['an object', { zones: [] }],
    ['text', '{"zones":[]}'],
    ['bytes', new TextEncoder().encode('{"zones":[]}')],
  ])('upload a seating plan that is %s, once, under one key', async (_what, plan) => {
    let tries = 0;
    const { server, client } = await serve((seen, req, res) =>
      ++tries === 1 ? unavailable(seen, req, res) : answer(res, 201, { seatingPlanId: ids.event }),
    );
    await expect(client.uploadSeatingPlan({ organisationId: ids.organisation, plan })).resolves.toEqual({ seatingPlanId: ids.event });
    expect(server.seen.map(({ body }) => body)).toEqual(['{"zones":[]}', '{"zones":[]}']);
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      url: `/uploads/seating-plans?organisationId=${ids.organisation}`,
      authorization: 'Bearer good',
    });
    expect(new Set(server.seen.map(({ key }) => key)).size).toBe(1);
  });

  it('tell a refusal like every other call', async () => {
    const faults = [{ path: 'zones.0.rows.1', message: 'A row needs a name.' }];
    const { client } = await serve((_seen, _req, res) => answer(res, 400, problem(400, 'SEATING_PLAN_INVALID', { faults }), asProblem));
    const error: unknown = await client.uploadSeatingPlan({ organisationId: ids.organisation, plan: {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TRPCClientError);
    if (!refusedWith(error, 'SEATING_PLAN_INVALID')) throw error;
    expect(error.data).toMatchObject({ httpStatus: 400, refusal: { details: { faults } } });
  });

  it('give the bytes of an image', async () => {
    const png = Buffer.from('89504e470d0a1a0a', 'hex');
    const { server, client } = await serve((_seen, _req, res) => {
      res.writeHead(200, { 'content-type': 'image/png' }).end(png);
      return true;
    });
    expect(Buffer.from(await client.ticketQrImage(ids.seat))).toEqual(png);
    expect(server.seen[0]?.path).toBe(`/tickets/${ids.seat}/qr.png`);
  });

  it('give an event’s statement as text', async () => {
    const { server, client } = await serve((_seen, _req, res) => {
      res.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' }).end('event,day\r\n');
      return true;
    });
    expect(await client.eventStatementCsv(ids.event)).toBe('event,day\r\n');
    expect(server.seen[0]?.path).toBe(`/events/${ids.event}/statement.csv`);
  });

  it('say the status when the answer is not ours', async () => {
    const statuses = [502, 404];
    const { server, client } = await serve((_seen, _req, res) => {
      res.writeHead(statuses.shift() ?? 500, { 'content-type': 'text/html' }).end('<h1>proxy</h1>');
      return true;
    });
    await expect(client.ticketQrImage(ids.seat)).rejects.toThrow('The answer was 404');
    expect(server.seen).toHaveLength(2);
  });
});
