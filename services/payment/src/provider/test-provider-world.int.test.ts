import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { paymentApi } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { createLogger, createMetrics, httpServer } from '@boxoffice/service-kit';
import { anyone, eventually, testDatabase } from '@boxoffice/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { cards } from '../../test/stage.ts';
import { ComposeConfig } from '../config.ts';
import { type TestProviderWorld, testProviderWorld } from './test-provider-world.ts';
import { checkWebhook } from './webhook-signature.ts';

const token = 'a token of this test';
const secret = 'a secret of this test';
const logger = createLogger({ service: 'payment', level: 'silent' });
const money = { amountMinor: 1500, currency: 'EUR', deadlineMs: 50 };

type Told = { id: string; type: string; charge: string };
/** What was heard, and what the listener answers: the status of each call, 200 unless a test wants otherwise. */
const heard: (Told & { good: boolean })[] = [];
let statuses: number[] = [];
const listener = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body = Buffer.concat(chunks);
    const good = checkWebhook(req.headers['test-provider-signature']?.toString(), { body, secrets: [secret], now: new Date() }) === 'good';
    heard.push({ ...JSON.parse(body.toString()), good });
    res.writeHead(good ? (statuses.shift() ?? 200) : 400).end();
  });
});

let db: Database;
let world: TestProviderWorld;
let url: string;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  db = await testDatabase({ name: 'payment', entities: [], migrations });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo; // it listens on TCP
  world = await openWorld({
    TEST_PROVIDER_CONTROL_TOKEN: token,
    TEST_PROVIDER_WEBHOOK_URL: `http://127.0.0.1:${port}/hooks`,
    TEST_PROVIDER_WEBHOOK_SECRET: secret,
  });
  url = await serve(world);
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await new Promise((resolve) => listener.close(resolve));
});
beforeEach(async () => {
  await control({});
  await db.query('DELETE FROM test_provider_events');
  heard.length = 0;
  statuses = [];
});

async function openWorld(config: object): Promise<TestProviderWorld> {
  const opened = await testProviderWorld(ComposeConfig.parse({ DATABASE_URL: db.url, TEST_PROVIDER_LATE_MS: 300, ...config }), { logger });
  closing.push(opened.close);
  return opened;
}

async function serve({ routes }: TestProviderWorld): Promise<string> {
  const platform = { logger, metrics: createMetrics('payment'), callers: { read: async () => anyone() }, ready: async () => {} };
  const server = httpServer({ name: 'payment', router: paymentApi, api: { payment: {} as never }, routes, ...platform });
  closing.push(server.close);
  return server.listen(0, '127.0.0.1');
}

const ask = async (path: string, { body, sent = token }: { body?: unknown; sent?: string | null } = {}) => {
  const answer = await fetch(`${url}${path}`, {
    headers: sent === null ? {} : { 'test-provider-token': sent },
    ...(body !== undefined && { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
};
const control = (controls: object) => ask('/test-provider/controls', { body: controls });
const authorise = (card: string, key = randomUUID()) => world.provider.authorise({ key, payWith: { card }, ...money });
const capture = (charge: string) => world.provider.capture({ key: `${charge}:c`, charge, ...money });
const deliver = () => world.jobs.find(({ name }) => name === 'deliver-test-provider-events')?.run();
/** Whatever waits for another attempt is due. */
const soon = () => db.query('UPDATE test_provider_events SET next_attempt_at = statement_timestamp() WHERE done_at IS NULL');

describe('the control API', () => {
  it.each([null, '', 'another token', `x${token}`])('does not exist without its token: %s', async (sent) => {
    for (const path of ['/test-provider/controls', '/test-provider/charges']) expect(await ask(path, { sent })).toMatchObject({ status: 404 });
    expect(await ask('/test-provider/controls', { sent, body: { answersLateMs: 9 } })).toMatchObject({ status: 404 });
    expect(await ask('/test-provider/controls')).toMatchObject({ status: 200, body: { answersLateMs: 0 } });
  });

  it('does not exist where no token is configured', async () => {
    const bare = await serve(await openWorld({}));
    const answer = await fetch(`${bare}/test-provider/controls`, { headers: { 'test-provider-token': '' } });
    expect(answer.status).toBe(404);
  });

  it.each([
    'no JSON',
    [],
    { down: true },
    { down: { forMs: -1 } },
    { lostReplies: 1.1 },
    { answersLateMs: 60_001 },
    { webhooks: { twise: 1 } },
    { webhooks: { on: 'no' } },
  ])('refuses what it does not know, and changes nothing: %j', async (body) => {
    await control({ answersLateMs: 7 });
    expect(await ask('/test-provider/controls', { body })).toMatchObject({ status: 400 });
    expect(await ask('/test-provider/controls')).toMatchObject({ body: { answersLateMs: 7 } });
  });

  it('lists charges by when they were made', async () => {
    const before = new Date().toISOString();
    const keys = [randomUUID(), randomUUID()].sort();
    for (const key of keys) await authorise(cards.approved, key);
    await capture(keys[0] ?? '');
    await world.provider.refund({ key: `${keys[0]}:r`, charge: keys[0] ?? '', ...money, amountMinor: 400 });
    const { body } = await ask(`/test-provider/charges?from=${before}`);
    expect(body).toMatchObject({
      charges: [
        { charge: keys[0], status: 'captured', amountMinor: 1500, capturedMinor: 1500, refundedMinor: 400, currency: 'EUR' },
        { charge: keys[1], status: 'authorised', capturedMinor: 0, refundedMinor: 0 },
      ],
      next: null,
    });
    expect(await ask(`/test-provider/charges?from=${before}&limit=1`)).toMatchObject({ body: { charges: [{ charge: keys[0] }], next: keys[0] } });
    expect(await ask(`/test-provider/charges?from=${before}&after=${keys[0]}`)).toMatchObject({ body: { charges: [{ charge: keys[1] }] } });
    expect(await ask(`/test-provider/charges?to=${before}`)).toMatchObject({ status: 200 });
    expect(JSON.stringify((await ask(`/test-provider/charges?to=${before}`)).body)).not.toContain(keys[0]);
    expect(await ask('/test-provider/charges?from=yesterday')).toMatchObject({ status: 400 });
  });
});

describe('controls', () => {
  it('down: every process fails every call, nothing is carried out, and it ends by itself', async () => {
    const other = await openWorld({ TEST_PROVIDER_CONTROL_TOKEN: token });
    await control({ down: { forMs: 60_000 } });
    const charge = randomUUID();
    await expect(authorise(cards.approved, charge)).rejects.toThrow('down');
    await expect(other.provider.lookUp({ charge, deadlineMs: 50 })).rejects.toThrow('down');
    await db.query(`UPDATE test_provider_controls SET set_at = set_at - interval '1 minute'`);
    expect(await world.provider.lookUp({ charge, deadlineMs: 50 })).toEqual({ kind: 'absent' });
    expect(await ask('/test-provider/controls')).toMatchObject({ body: { down: null } });
  });

  it('down in part: some calls fail and some do not', async () => {
    await control({ down: { forMs: 60_000, share: 0.5 } });
    const looks = await Promise.allSettled(Array.from({ length: 64 }, () => world.provider.lookUp({ charge: 'none', deadlineMs: 50 })));
    expect(new Set(looks.map(({ status }) => status))).toEqual(new Set(['fulfilled', 'rejected']));
  });

  it('lost replies: the call is carried out', async () => {
    await control({ lostReplies: 1 });
    const charge = randomUUID();
    await expect(authorise(cards.approved, charge)).rejects.toThrow('lose its reply');
    await control({});
    expect(await world.provider.lookUp({ charge, deadlineMs: 50 })).toMatchObject({ kind: 'approved' });
  });

  it('late: the answer comes, later', async () => {
    await control({ answersLateMs: 200 });
    const since = performance.now();
    expect(await authorise(cards.approved)).toMatchObject({ kind: 'approved' });
    expect(performance.now() - since).toBeGreaterThanOrEqual(195);
  });
});

describe('a challenge', () => {
  const challenged = async (returnUrl?: string) => {
    const charge = randomUUID();
    const answer = await world.provider.authorise({ key: charge, payWith: { card: cards.challenged, returnUrl }, ...money });
    if (answer.kind !== 'pending' || !answer.actionUrl) throw new Error(`expected a question, got ${answer.kind}`);
    return { charge, page: `${url}${new URL(answer.actionUrl).pathname}` };
  };
  const answer = (page: string, text: string) => fetch(page, { method: 'POST', body: new URLSearchParams({ answer: text }), redirect: 'manual' });
  const state = (charge: string) => world.provider.lookUp({ charge, deadlineMs: 50 });

  it.each([
    ['approve', { kind: 'approved', captured: false }],
    ['decline', { kind: 'declined', reason: 'card-declined' }],
  ])('is pending until the customer says: %s', async (word, end) => {
    const { charge, page } = await challenged();
    const shown = await fetch(page);
    expect([shown.headers.get('content-type'), await shown.text()]).toEqual(['text/html; charset=utf-8', expect.stringContaining('Pay 15.00 EUR?')]);
    expect(await state(charge)).toMatchObject({ kind: 'pending' });
    expect((await answer(page, word)).status).toBe(200);
    expect(await state(charge)).toMatchObject(end);
    await answer(page, word === 'approve' ? 'decline' : 'approve'); // it stays as it was answered
    expect(await state(charge)).toMatchObject(end);
    await deliver();
    expect(heard.map(({ type }) => type)).toEqual(['charge.pending', word === 'approve' ? 'charge.authorised' : 'charge.declined']);
  });

  it('leads back to where the customer came from, if that is a page', async () => {
    const { page } = await challenged('https://shop.example/back?x=1');
    const { status, headers } = await answer(page, 'approve');
    expect([status, headers.get('location')]).toEqual([303, 'https://shop.example/back?x=1']);
    const odd = await challenged('javascript:alert(1)');
    expect((await answer(odd.page, 'approve')).status).toBe(200);
  });

  it('cannot be answered with other words, for other charges, or after it was let go', async () => {
    const { charge, page } = await challenged();
    expect((await answer(page, 'perhaps')).status).toBe(400);
    expect((await fetch(page, { method: 'POST', body: 'x'.repeat(2_000) })).status).toBe(413);
    const plain = randomUUID();
    await authorise(cards.late, plain);
    const [row] = await db.query<{ reference: string }>('SELECT reference FROM test_provider_charges WHERE key = $1', [plain]);
    for (const id of [charge, randomUUID(), 'x', row?.reference])
      expect((await answer(`${url}/test-provider/challenges/${id}`, 'approve')).status).toBe(404);
    await world.provider.void({ key: 'v', charge, deadlineMs: 50 });
    await answer(page, 'approve');
    expect(await state(charge)).toEqual({ kind: 'declined', reason: 'voided' });
  });
});

describe('webhooks', () => {
  const types = () => heard.filter(({ good }) => good).map(({ type }) => type);

  it('tell what happened to a charge, signed, once', async () => {
    const charge = randomUUID();
    await authorise(cards.approved, charge);
    await authorise(cards.approved, charge); // the same request
    await capture(charge);
    await capture(charge);
    for (const key of ['r', 'r', 'more than there is']) await world.provider.refund({ key: `${charge}:${key}`, charge, ...money });
    await deliver();
    await deliver();
    expect(heard.map(({ type, charge: of, good }) => [type, of, good]).sort()).toEqual([
      ['charge.authorised', charge, true],
      ['charge.captured', charge, true],
      ['charge.refunded', charge, true],
    ]);
  });

  it('tell of a late approval when it comes, and not at all when the charge was let go before', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    await authorise(cards.late, one);
    await authorise(cards.late, two);
    await world.provider.void({ key: 'v', charge: two, deadlineMs: 50 });
    await eventually(async () => {
      await deliver();
      expect(heard.filter(({ charge }) => charge === one).map(({ type }) => type)).toEqual(['charge.pending', 'charge.authorised']);
    });
    expect(
      heard
        .filter(({ charge }) => charge === two)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['charge.pending', 'charge.voided']);
  });

  it('come again until they are taken', async () => {
    statuses = [500, 302, 404, 200];
    await authorise(cards.approved);
    for (let attempt = 0; attempt < 6; attempt++) {
      await soon();
      await deliver();
    }
    expect(types()).toEqual(Array(4).fill('charge.authorised'));
    expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
  });

  it('off: they wait; on: they leave', async () => {
    await control({ webhooks: { on: false } });
    await authorise(cards.approved);
    await deliver();
    expect(await ask('/test-provider/controls')).toMatchObject({ body: { events: { waiting: 1, delivered: 0 } } });
    await control({});
    await deliver();
    expect(await ask('/test-provider/controls')).toMatchObject({ body: { events: { waiting: 0, delivered: 1 } } });
  });

  it('late: they leave when their time has come', async () => {
    await control({ webhooks: { lateMs: 3_600_000 } });
    await authorise(cards.approved);
    await deliver();
    expect(heard).toEqual([]);
    await db.query(`UPDATE test_provider_events SET next_attempt_at = next_attempt_at - interval '1 hour'`);
    await deliver();
    expect(types()).toEqual(['charge.authorised']);
  });

  it('twice: the same event comes again', async () => {
    await control({ webhooks: { twice: 1 } });
    await authorise(cards.approved);
    await deliver();
    expect(types()).toEqual(['charge.authorised', 'charge.authorised']);
    expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
  });

  it('reordered: later ones overtake', async () => {
    const charge = randomUUID();
    await control({ webhooks: { reordered: 1 } });
    await authorise(cards.approved, charge);
    await deliver();
    await control({});
    await capture(charge);
    await deliver();
    await soon();
    await deliver();
    expect(types()).toEqual(['charge.captured', 'charge.authorised']);
  });

  it('forged: a made-up one comes along that no receiver may believe', async () => {
    await control({ webhooks: { forged: 1 } });
    for (let sale = 0; sale < 8; sale++) await authorise(cards.approved);
    await deliver();
    expect(heard.filter(({ good }) => good)).toHaveLength(8);
    expect(heard.filter(({ good }) => !good)).toHaveLength(8);
    expect(await ask('/test-provider/controls')).toMatchObject({ body: { events: { delivered: 8, forgedSent: 8, forgedAccepted: 0 } } });
  });

  it('a sender that was killed is followed by another', async () => {
    await authorise(cards.approved);
    await db.query(`UPDATE test_provider_events SET attempts = 1, next_attempt_at = statement_timestamp() - interval '1 second'`); // leased long ago
    await deliver();
    expect(types()).toEqual(['charge.authorised']);
  });
});

it('webhooks without a secret to sign them with are refused at the start', async () => {
  await expect(openWorld({ TEST_PROVIDER_WEBHOOK_URL: 'http://127.0.0.1:1' })).rejects.toThrow('TEST_PROVIDER_WEBHOOK_SECRET');
});
