import http from 'node:http';
import { bookingApi, maxSeatingPlanBytes } from '@boxoffice/contracts';
import { createMetrics, httpServer, newId } from '@boxoffice/service-kit';
import { anyone } from '@boxoffice/testing';
import { paraninfo } from '@boxoffice/venues';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDeps, managerOf, planOf, silent } from '../test/stage.ts';
import { compose } from './compose.ts';

const organisationId = newId();
const people = { manager: managerOf(organisationId), door: managerOf(organisationId, 'door'), stranger: managerOf(newId(), 'owner') };
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const { db } = await freshDeps();
  const metrics = createMetrics('booking');
  const transport = { publish: async () => {}, subscribe: async () => ({ stop: async () => {} }), close: async () => {} };
  const part = await compose({ DATABASE_URL: db.url }, { logger: silent, metrics, transport });
  // Who calls is told by a header here; tokens are the service kit's affair.
  const callers = {
    read: async (headers: http.IncomingHttpHeaders) => ({
      ...(people[headers.authorization as keyof typeof people] ?? anyone()),
      idempotencyKey: headers['idempotency-key']?.toString(),
    }),
  };
  const server = httpServer({
    name: 'booking',
    router: bookingApi,
    api: part.api,
    routes: part.routes,
    callers,
    logger: silent,
    metrics,
    ready: part.ready,
  });
  url = await server.listen(0, '127.0.0.1');
  close = async () => {
    await server.close();
    await part.close();
  };
});
afterAll(() => close());

const upload = async (
  body: string | Uint8Array<ArrayBuffer>,
  { who = 'manager', organisation = organisationId, key }: { who?: string; organisation?: string; key?: string } = {},
) => {
  const headers = { authorization: who, 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) };
  const answer = await fetch(`${url}/uploads/seating-plans?organisationId=${organisation}`, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> & { code?: string; details?: object } };
};
/** Sends only the head of a request that promises a body; whoever answers has not waited for it. */
const announce = (length: number, who: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: who, 'content-length': length, 'content-type': 'application/json' };
    const request = http.request(`${url}/uploads/seating-plans?organisationId=${organisationId}`, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode);
      request.destroy();
    });
    request.on('error', reject);
    request.flushHeaders();
  });

describe('an upload', () => {
  it('of the real hall is stored', async () => {
    const { status, body } = await upload(JSON.stringify(paraninfo()));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      organisationId,
      name: 'Paraninfo',
      seats: 603,
      sections: [{ name: 'Stalls', seats: 396 }, { name: 'Amphitheatre' }, { name: 'Lower box' }, { name: 'Upper box', seats: 38 }],
    });
    expect(body.categories).toHaveLength(4);
  });

  it('is stored once per idempotency key', async () => {
    const text = JSON.stringify(planOf(1, 2));
    const first = await upload(text, { key: 'u1' });
    expect((await upload(text, { key: 'u1' })).body).toEqual(first.body);
    expect((await upload(JSON.stringify(planOf(1, 3)), { key: 'u1' })).body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
  });

  it('with faults is refused with their paths', async () => {
    const plan = planOf(1, 2);
    const broken = JSON.stringify(plan).replace('"seat_number":"2"', '"seat_number":"1"');
    expect(await upload(broken)).toMatchObject({
      status: 400,
      body: { code: 'SEATING_PLAN_INVALID', details: { faults: [{ path: 'zones[0].rows[0].seats[1].seat_number' }] } },
    });
  });

  it.each([
    ['nothing', ''],
    ['half a file', '{"name":'],
    ['a picture', new Uint8Array([0xff, 0xd8, 0xff, 0xe0])],
  ])('of %s is refused as a whole', async (_, body) =>
    expect(await upload(body)).toMatchObject({ status: 400, body: { code: 'SEATING_PLAN_INVALID', details: { faults: [{ path: '' }] } } }),
  );

  it('needs a manager of the organisation', async () => {
    const text = JSON.stringify(planOf(1, 1));
    expect(await upload(text, { who: 'nobody' })).toMatchObject({ status: 401 });
    expect(await upload(text, { who: 'stranger' })).toMatchObject({ status: 404, body: { code: 'ORGANISATION_NOT_FOUND' } });
    expect(await upload(text, { who: 'door' })).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
    expect(await upload(text, { organisation: 'x' })).toMatchObject({ status: 400 });
  });

  it('is answered before the body comes, when the answer is no', async () => {
    expect(await announce(1000, 'nobody')).toBe(401);
    expect(await announce(1000, 'stranger')).toBe(404);
    expect(await announce(1000, 'door')).toBe(403);
    expect(await announce(maxSeatingPlanBytes + 1, 'manager')).toBe(413);
  });

  it('that is too large is refused, also when it does not say so before', async () => {
    const big = new Uint8Array(maxSeatingPlanBytes + 1).fill(32);
    expect(await upload(big)).toMatchObject({ status: 413, body: { code: 'SEATING_PLAN_TOO_LARGE', details: { maxBytes: maxSeatingPlanBytes } } });
    const chunks = new ReadableStream({
      start(stream) {
        for (let i = 0; i < 17; i++) stream.enqueue(new Uint8Array(1024 * 1024).fill(32));
        stream.close();
      },
    });
    const headers = { authorization: 'manager' };
    const answer = await fetch(`${url}/uploads/seating-plans?organisationId=${organisationId}`, {
      method: 'POST',
      headers,
      body: chunks,
      duplex: 'half',
    });
    expect(answer.status).toBe(413);
  });
});
