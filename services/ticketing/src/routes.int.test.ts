import type { IncomingHttpHeaders } from 'node:http';
import { PaymentConfirmed, Ticket, ticketingApi } from '@boxoffice/contracts';
import { createMetrics, httpServer, newId } from '@boxoffice/service-kit';
import { anyone, asUser, eventually } from '@boxoffice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSale, multiplyTicket, type Sale, type Stage, silent, startStage } from '../test/stage.ts';

const maxStreams = 12;
let stage: Stage;
let url: string;
let closeServer: () => Promise<void>;
beforeAll(async () => {
  stage = await startStage({ maxStreams });
  // Who calls is told by a header here; tokens are the service kit's affair.
  const callers = {
    read: async ({ authorization }: IncomingHttpHeaders) => (authorization === undefined ? anyone() : asUser({ userId: authorization })),
  };
  const { api, routes, ready } = stage.part;
  const server = httpServer({
    name: 'ticketing',
    router: ticketingApi,
    api,
    routes,
    callers,
    logger: silent,
    metrics: createMetrics('http'),
    ready,
    drainMs: 1000,
  });
  url = await server.listen(0, '127.0.0.1');
  closeServer = () => server.close();
});
afterAll(async () => {
  await closeServer();
  await stage.stop();
});

const ticketsOf = async ({ userId }: Sale) =>
  (await stage.api.myTickets({ limit: 100 }, asUser({ userId }))).tickets.map(({ ticketId }) => ticketId).reverse();
type Told = { id: number; ticket: typeof Ticket._zod.output };

/** An open stream, and what it told so far. */
async function follow(userId: string, lastEventId?: number | string) {
  const left = new AbortController();
  const headers = { authorization: userId, ...(lastEventId !== undefined && { 'last-event-id': String(lastEventId) }) };
  const answer = await fetch(`${url}/live/tickets`, { headers, signal: left.signal });
  if (!answer.ok || !answer.body) throw new Error(`no stream: ${answer.status} ${await answer.text()}`);
  const body = answer.body.pipeThrough(new TextDecoderStream());
  const told: Told[] = [];
  const reading = (async () => {
    let text = '';
    for await (const chunk of body) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, id, data] = /^id: (\d+)\nevent: ticket\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
        if (data !== undefined) told.push({ id: Number(id), ticket: Ticket.parse(JSON.parse(data)) });
        text = text.slice(end + 2);
      }
    }
  })().catch(() => {});
  const leave = async () => {
    left.abort();
    await reading;
  };
  return { told, ids: () => told.map(({ ticket }) => ticket.ticketId), type: answer.headers.get('content-type'), leave };
}

describe('the QR image', () => {
  const image = (ticketId: string, userId?: string) =>
    fetch(`${url}/tickets/${ticketId}/qr.png`, { headers: userId === undefined ? {} : { authorization: userId } });

  it('is a private PNG', async () => {
    const sale = aSale({ seats: 1 });
    await stage.say(PaymentConfirmed, sale);
    const answer = await image((await ticketsOf(sale))[0] ?? '', sale.userId);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'image/png',
      'private, max-age=300',
    ]);
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 4)
        .toString('latin1'),
    ).toBe('\x89PNG');
  });

  it("is 404 for somebody else's ticket, for none, and for what is no id; 401 without a token", async () => {
    const sale = aSale({ seats: 1 });
    await stage.say(PaymentConfirmed, sale);
    const [ticketId = ''] = await ticketsOf(sale);
    for (const answer of [await image(ticketId, newId()), await image(newId(), sale.userId), await image("1'--", sale.userId)])
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'TICKET_NOT_FOUND' }]);
    const nobody = await image(ticketId);
    expect([nobody.status, await nobody.json()]).toMatchObject([401, { code: 'UNAUTHORIZED' }]);
  });
});

describe('the live stream', () => {
  it("tells a customer's new tickets as they come, and nobody else's", async () => {
    const sale = aSale({ seats: 3 });
    await stage.say(PaymentConfirmed, aSale({ seats: 1, userId: sale.userId })); // before the stream: not new
    const stream = await follow(sale.userId);
    expect(stream.type).toContain('text/event-stream');
    const paidAt = performance.now();
    await Promise.all([stage.say(PaymentConfirmed, sale), stage.say(PaymentConfirmed, aSale())]);
    await eventually(() => expect(stream.told).toHaveLength(3));
    expect(performance.now() - paidAt).toBeLessThan(1900); // by the hint, not by the next poll
    expect(stream.told.map(({ ticket }) => ticket.seatId)).toEqual(sale.seats.map(({ seatId }) => seatId));
    await stream.leave();
  });

  it('goes on after Last-Event-ID: everything once, in order, across reconnects', async () => {
    const userId = newId();
    const first = await follow(userId, 0);
    const [a, b] = [aSale({ userId, seats: 2 }), aSale({ userId, seats: 2 })];
    await stage.say(PaymentConfirmed, a);
    await eventually(() => expect(first.told).toHaveLength(2));
    await first.leave();
    await stage.say(PaymentConfirmed, b);
    const second = await follow(userId, first.told[0]?.id);
    await multiplyTicket(stage.db, first.ids()[0] ?? '', 250); // more than one reading
    await eventually(() => expect(second.told).toHaveLength(253));
    expect([first.ids()[0], ...second.ids()]).toEqual(
      (await stage.db.query<{ id: string }>('SELECT id FROM tickets WHERE user_id = $1 ORDER BY position', [userId])).map(({ id }) => id),
    );
    expect(second.ids()[0]).toBe(first.ids()[1]);
    await second.leave();
  });

  it('misses nothing when payments of one customer are handled at the same time', async () => {
    const userId = newId();
    const stream = await follow(userId);
    const sales = Array.from({ length: 40 }, () => aSale({ userId, seats: 1 }));
    await Promise.all(sales.map((sale) => stage.say(PaymentConfirmed, sale)));
    await eventually(() => expect(stream.told).toHaveLength(40));
    const positions = stream.told.map(({ id }) => id);
    expect(positions).toEqual(positions.toSorted((x, y) => x - y));
    await stream.leave();
  });

  it('comes although its notification was lost', async () => {
    const sale = aSale({ seats: 1 });
    const stream = await follow(sale.userId);
    await stage.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'boxoffice-listen ticketing_new_tickets'`,
    );
    await stage.say(PaymentConfirmed, sale);
    await eventually(() => expect(stream.told).toHaveLength(1), { withinMs: 5000 });
    await stream.leave();
  });

  it('takes no connection per customer, and refuses streams beyond its cap and beyond ten of one customer', async () => {
    const place = (userId: string) => eventually(() => follow(userId)); // those who left a moment ago may not have been missed yet
    const greedy = newId();
    const streams = await Promise.all(Array.from({ length: 10 }, () => place(greedy)));
    const refusal = async (userId: string) => {
      const answer = await fetch(`${url}/live/tickets`, { headers: { authorization: userId } });
      return [answer.status, await answer.json()];
    };
    expect(await refusal(greedy)).toMatchObject([429, { code: 'RATE_LIMITED' }]);
    streams.push(await place(newId()), await place(newId()));
    expect(await refusal(newId())).toMatchObject([503, { code: 'OVERLOADED', details: { retryAfterSeconds: 5 } }]);
    const connections = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'boxoffice-listen%'`;
    expect(await stage.db.query(connections)).toHaveLength(2); // tickets and outbox
    await Promise.all(streams.map((stream) => stream.leave()));
    const again = await Promise.all(Array.from({ length: maxStreams }, () => place(newId()))); // every place is free again
    await Promise.all(again.map((stream) => stream.leave()));
  });
});
