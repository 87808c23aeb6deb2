import { Refusal, type Reservation, type Session } from '@boxoffice/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { answer, ids, jwt, refusedSeat, type Script, tinyServer } from '../test/tiny-server.ts';
import { createBoxOfficeClient, refusedWith, type SessionTokens, safe, TRPCClientError } from './index.ts';

type Server = Awaited<ReturnType<typeof tinyServer>>;
let open: Server[] = [];
const serve = async (...given: Parameters<typeof tinyServer>): Promise<Server> => {
  const server = await tinyServer(...given);
  open.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(open.map((server) => server.close()));
  open = [];
});

const reservation: z.input<typeof Reservation> = {
  reservationId: ids.seat,
  eventId: ids.event,
  status: 'HELD',
  releaseReason: null,
  heldUntil: new Date(),
  seats: [],
  amountMinor: 0,
  currency: 'EUR',
};
const session = (accessToken: string, refreshToken = 'r'.repeat(30)): z.input<typeof Session> => ({
  userId: ids.user,
  guest: false,
  memberships: [],
  accessToken,
  accessTokenExpiresAt: new Date(),
  refreshToken,
});
const hold = { eventId: ids.event, seatIds: [ids.seat] };
/** Runs one script per request, in order; then none. */
const inTurn =
  (...scripts: Script[]): Script =>
  (seen, req, res) =>
    scripts.shift()?.(seen, req, res);
const cutOff: Script = (_seen, req) => {
  req.socket.destroy();
  return true;
};
const busy: Script = (_seen, _req, res) =>
  answer(res, 503, { error: { message: 'Too busy', code: -32603, data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 503 } } }, { 'retry-after': '0' });

describe('calls', () => {
  it('are typed by the contract and go by the same names', async () => {
    const server = await serve({ booking: { holdSeats: async () => reservation } });
    const client = createBoxOfficeClient({ url: `${server.url}/`, token: 'good' });
    const { heldUntil } = await client.booking.holdSeats.mutate(hold);
    expect(typeof heldUntil).toBe('string');
    expect(server.seen[0]).toMatchObject({ path: '/trpc/booking.holdSeats', authorization: 'Bearer good' });
  });

  it('tell a refusal with its details', async () => {
    const server = await serve({ booking: { holdSeats: async () => Promise.reject(refusedSeat()) } });
    const client = createBoxOfficeClient({ url: server.url, token: 'good' });
    const error: unknown = await client.booking.holdSeats.mutate(hold).catch((thrown: unknown) => thrown);
    expect(refusedWith(error, 'SEAT_SOLD')).toBe(false);
    if (!refusedWith(error, 'SEAT_ALREADY_HELD')) throw error;
    expect(error.data.refusal.details.seatIds).toEqual([ids.seat]);
    const [, again] = await safe(client.booking.holdSeats.mutate(hold));
    expect(again?.data?.refusal?.code).toBe('SEAT_ALREADY_HELD');
    expect(server.seen).toHaveLength(2);
  });

  it('put queries of one moment into one request, at most 20, and mutations alone', async () => {
    const server = await serve({ ticketing: { myTickets: async () => ({ tickets: [] }) }, booking: { holdSeats: async () => reservation } });
    const client = createBoxOfficeClient({ url: server.url, token: 'good' });
    await Promise.all([
      ...Array.from({ length: 25 }, () => client.ticketing.myTickets.query({})),
      client.booking.holdSeats.mutate(hold),
      client.booking.holdSeats.mutate(hold),
    ]);
    expect(server.seen.filter(({ method }) => method === 'GET')).toHaveLength(2);
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
});

describe('retries', () => {
  it('send a mutation again after a lost connection and an overload, with one key', async () => {
    const server = await serve({ booking: { holdSeats: async () => reservation } }, inTurn(cutOff, busy));
    const client = createBoxOfficeClient({ url: server.url, token: 'good' });
    await client.booking.holdSeats.mutate(hold);
    expect(server.seen).toHaveLength(3);
    expect(new Set(server.seen.map(({ key }) => key)).size).toBe(1);
    await client.booking.holdSeats.mutate(hold);
    expect(server.seen[3]?.key).toMatch(/^[0-9a-f-]{36}$/);
    expect(server.seen[3]?.key).not.toBe(server.seen[0]?.key);
  });

  it('use the key the caller gives', async () => {
    const server = await serve({ booking: { holdSeats: async () => reservation } }, inTurn(busy));
    const client = createBoxOfficeClient({ url: server.url, token: 'good' });
    await client.booking.holdSeats.mutate(hold, { context: { idempotencyKey: 'my-order-7' } });
    expect(server.seen.map(({ key }) => key)).toEqual(['my-order-7', 'my-order-7']);
  });

  it('end after the given number', async () => {
    const server = await serve({}, busy);
    const client = createBoxOfficeClient({ url: server.url, retries: 2 });
    await expect(client.booking.listEvents.query({})).rejects.toThrow('Too busy');
    expect(server.seen).toHaveLength(3);
  });

  it('wait as long as the server asks, and not at all when that is very long', async () => {
    const limited =
      (seconds: number): Script =>
      (_seen, _req, res) =>
        answer(res, 429, {
          error: {
            message: 'Slow down',
            code: -32029,
            data: { code: 'TOO_MANY_REQUESTS', httpStatus: 429, refusal: { code: 'RATE_LIMITED', details: { retryAfterSeconds: seconds } } },
          },
        });
    const server = await serve({ booking: { holdSeats: async () => reservation } }, inTurn(limited(1), limited(3600)));
    const client = createBoxOfficeClient({ url: server.url, token: 'good' });
    const start = performance.now();
    const error: unknown = await client.booking.holdSeats.mutate(hold).catch((thrown: unknown) => thrown);
    expect(performance.now() - start).toBeGreaterThan(1000);
    expect(refusedWith(error, 'RATE_LIMITED')).toBe(true);
    expect(server.seen).toHaveLength(2);
  });

  it('leave a "no" and a fault alone', async () => {
    const server = await serve({ booking: { holdSeats: async () => Promise.reject(new Error('bug')) } });
    const client = createBoxOfficeClient({ url: server.url, token: 'good' });
    await expect(client.booking.holdSeats.mutate(hold)).rejects.toThrow('Internal error.');
    expect(server.seen).toHaveLength(1);
  });

  it('leave a call alone that its caller gave up', async () => {
    const server = await serve({}, () => true);
    const client = createBoxOfficeClient({ url: server.url, token: 'good' });
    await expect(client.booking.holdSeats.mutate(hold, { signal: AbortSignal.timeout(50) })).rejects.toBeInstanceOf(TRPCClientError);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(server.seen).toHaveLength(1);
  });

  it('give up an attempt without an answer after its time', async () => {
    const server = await serve(
      { booking: { holdSeats: async () => reservation } },
      inTurn(() => true),
    );
    const client = createBoxOfficeClient({ url: server.url, token: 'good', timeoutMs: 1_000 }); // a busy machine answers the second one in time
    await expect(client.booking.holdSeats.mutate(hold)).resolves.toMatchObject({ status: 'HELD' });
    expect(server.seen).toHaveLength(2);
  });
});

describe('sessions', () => {
  it('send no token while one is started, and the token afterwards', async () => {
    const server = await serve({ identity: { continueAsGuest: async () => session('good') }, booking: { holdSeats: async () => reservation } });
    const client = createBoxOfficeClient({ url: server.url, token: 'stale' });
    client.setSession(await client.identity.continueAsGuest.mutate({ email: 'a@example.org' }));
    await client.booking.holdSeats.mutate(hold);
    expect(server.seen.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer good']);
  });

  it('are renewed once after a 401, however many calls got it, and the calls go through', async () => {
    let renewals = 0;
    const refresh = async () => session(`renewed-${++renewals}`, 's'.repeat(30));
    const server = await serve({
      identity: { refresh },
      booking: { holdSeats: async () => reservation },
      ticketing: { myTickets: async () => ({ tickets: [] }) },
    });
    server.valid.add('renewed-1');
    const kept: (SessionTokens | undefined)[] = [];
    const client = createBoxOfficeClient({ url: server.url, token: 'revoked', refreshToken: 'r'.repeat(30), onSession: (next) => kept.push(next) });
    await Promise.all([
      client.booking.holdSeats.mutate(hold),
      client.booking.holdSeats.mutate(hold),
      client.ticketing.myTickets.query({}),
      client.ticketing.myTickets.query({}),
    ]);
    expect(renewals).toBe(1);
    expect(kept).toMatchObject([{ accessToken: 'renewed-1', refreshToken: 's'.repeat(30) }]);
    const keys = server.seen.filter(({ path }) => path === '/trpc/booking.holdSeats').map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([4, 2]);
  });

  it('are renewed shortly before they expire', async () => {
    const server = await serve({ identity: { refresh: async () => session('good') }, booking: { holdSeats: async () => reservation } });
    const client = createBoxOfficeClient({ url: server.url, token: jwt(10), refreshToken: 'r'.repeat(30) });
    await Promise.all([client.booking.holdSeats.mutate(hold), client.booking.holdSeats.mutate(hold)]);
    expect(server.seen.map(({ path }) => path)).toEqual(['/trpc/identity.refresh', '/trpc/booking.holdSeats', '/trpc/booking.holdSeats']);
    const fresh = createBoxOfficeClient({ url: server.url, token: jwt(600), refreshToken: 'r'.repeat(30) });
    server.valid.add(fresh.session()?.accessToken ?? '');
    await fresh.booking.holdSeats.mutate(hold);
    expect(server.seen.filter(({ path }) => path === '/trpc/identity.refresh')).toHaveLength(1);
  });

  it('end when identity says so, and the call says 401', async () => {
    const server = await serve({
      identity: { refresh: async () => Promise.reject(new Refusal('SESSION_EXPIRED', {})) },
      booking: { listEvents: async () => ({ events: [], next: null }) },
    });
    const kept: (SessionTokens | undefined)[] = [];
    const client = createBoxOfficeClient({ url: server.url, token: 'revoked', refreshToken: 'r'.repeat(30), onSession: (next) => kept.push(next) });
    await expect(client.booking.holdSeats.mutate(hold)).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } });
    expect(kept).toEqual([undefined]);
    await expect(client.booking.listEvents.query({})).resolves.toEqual({ events: [], next: null }); // as anyone
  });

  it('without a refresh token end with a 401', async () => {
    const server = await serve({});
    const client = createBoxOfficeClient({ url: server.url, token: 'revoked' });
    await expect(client.booking.holdSeats.mutate(hold)).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED', httpStatus: 401 } });
    expect(server.seen).toHaveLength(1);
  });

  it('can be renewed on demand', async () => {
    const server = await serve({ identity: { refresh: async () => session('good') } });
    const client = createBoxOfficeClient({ url: server.url, token: 'old', refreshToken: 'r'.repeat(30) });
    await client.renewSession();
    expect(client.session()?.accessToken).toBe('good');
    client.setSession(undefined);
    await expect(client.renewSession()).rejects.toThrow('no refresh token');
  });
});
