import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Connection } from './connection.ts';
import { load } from './load.ts';
import { order } from './orders.ts';
import type { LoadSpec } from './spec.ts';

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return (server.address() as AddressInfo).port; // listening on TCP
}
const said = (data: object) => JSON.stringify({ result: { data } });
const spec = (port: number, given: Partial<LoadSpec>): LoadSpec => ({
  ...{ port, again: false, connections: 4, load: { kind: 'closed' }, warmUp: 0, seconds: 30 },
  requests: Array.from({ length: 20 }, (_, at) => ({ path: `/${at}`, body: '{}' })),
  ...given,
});

test('every request is sent once, and refusals are counted by their code', async () => {
  const paths: string[] = [];
  const port = await serve((req, res) => {
    paths.push(req.url ?? '');
    if (req.url === '/3') res.writeHead(409).end('{"error":{"data":{"refusal":{"code":"SEAT_ALREADY_HELD"}}}}');
    else res.end(said({}));
  });
  const result = await load(spec(port, {}));
  expect(paths).toHaveLength(20);
  expect(new Set(paths).size).toBe(20);
  expect(result).toMatchObject({ sent: 20, okInAll: 19, exhausted: true, answers: { '200': 19, '409 SEAT_ALREADY_HELD': 1 } });
});

test('a connection that is cut is no answer, and the load goes on', async () => {
  const port = await serve((req, res) => (req.url === '/3' ? req.socket.destroy() : res.end(said({}))));
  expect((await load(spec(port, {}))).answers).toEqual({ '200': 19, 'no answer': 1 });
});

test('an answer that comes in many pieces is whole, and so are those after it on the same connection', async () => {
  const bodies = [said({ long: 'é'.repeat(150_000) }), said({ short: 1 }), said({ long: 'x'.repeat(200_000) })];
  const left = [...bodies];
  const port = await serve((_, res) => res.end(left.shift()));
  const connection = new Connection(port);
  const asked = () => new Promise<string>((resolve) => connection.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n', (answer) => resolve(answer.text())));
  for (const body of bodies) expect(await asked()).toBe(body);
  connection.close();
});

test('upTo ends a load that would start over', async () => {
  const port = await serve((_, res) => res.end(said({})));
  expect(await load(spec(port, { again: true, upTo: 55 }))).toMatchObject({ sent: 55, okInAll: 55 });
});

test('an open loop counts the wait of arrivals that found no connection, and every arrival however late its answer', async () => {
  let first = true;
  const port = await serve((_, res) => {
    // The server stands still once, for longer than the load takes; one connection, so that everybody waits behind it.
    setTimeout(() => res.end(said({})), first ? 400 : 0);
    first = false;
  });
  const result = await load(spec(port, { connections: 1, load: { kind: 'open', perSecond: 100 }, seconds: 0.2 }));
  expect(result.answers).toEqual({ '200': 20 });
  // Those who came while it stood still waited for the rest of it: from the sending of their own request alone they would be fast.
  expect(result.latency.p50).toBeGreaterThan(200);
});

test('an order is paid, or names the step that failed and what was answered', async () => {
  let holds = 0;
  const port = await serve((req, res) => {
    if (req.url?.endsWith('holdSeats')) {
      holds += 1;
      res.end(said({ reservationId: `r${holds}` }));
    } else if (req.url?.endsWith('createPayment') && holds === 2) res.writeHead(409).end('{"refusal":{"code":"PAYMENT_ALREADY_PENDING"}}');
    else if (req.url?.endsWith('createPayment')) res.end(said({ paymentId: 'p' }));
    else res.end(said({ status: holds === 3 ? 'PENDING' : 'CONFIRMED' }));
  });
  const hold = { path: '/trpc/booking.holdSeats', body: '{}', token: 't' };
  const result = await order({ port, holds: [hold, hold, hold, hold], card: '42', connections: 1, load: { kind: 'closed' }, warmUp: 0, seconds: 30 });
  expect(result).toMatchObject({ paid: 2, paidInAll: 2, sent: 4, exhausted: true });
  expect(result.answers).toEqual({ paid: 2, 'create: 409 PAYMENT_ALREADY_PENDING': 1, 'pay: PENDING': 1 });
});
