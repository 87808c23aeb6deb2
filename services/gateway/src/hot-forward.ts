import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Namespace, Refusal } from '@boxoffice/contracts';
import { type HotHandler, isPlainMutation, type Metrics, maxCallBytes, readBody } from '@boxoffice/service-kit';
import { type Dispatcher, Pool } from 'undici';
import { endToEndInTurn, silence } from './forward.ts';
import { type Dress, type FrontDoor, putOn } from './front-door.ts';

/** The calls of the minute that matters, and who owns them. */
const hotCalls = new Map<string, Namespace>([
  ['/trpc/booking.holdSeats', 'booking'],
  ['/trpc/booking.holdBestAvailable', 'booking'],
  ['/trpc/booking.holdAdmission', 'booking'],
  ['/trpc/payment.createPayment', 'payment'],
  ['/trpc/payment.confirmPayment', 'payment'],
]);
/** Open connections to an owner. A payment waits for the provider while it has one. */
const connections = new Map<Namespace, number>([
  ['booking', 256],
  ['payment', 512],
]);

export type HotForwardOptions = {
  door: FrontDoor;
  addresses: ReadonlyMap<Namespace, string>;
  callDeadlineMs: number;
  maxCalls: number;
  metrics: Metrics;
};

/**
 * Carries hot calls whole – body in one piece, answer in one piece – over a pool of open connections: no stream, no middleware chain. Whoever is
 * not a known customer within the limits takes the long way, and hears there why not. The bytes are the same.
 */
export function hotForwarder({ door, addresses, callDeadlineMs, maxCalls, metrics }: HotForwardOptions): { hot: HotHandler; close(): Promise<void> } {
  const lanes = new Map([...new Set(hotCalls.values())].map((owner) => [owner, laneTo(owner, addresses.get(owner) ?? '', callDeadlineMs)]));
  metrics.gauge('boxoffice_gateway_hot_calls', 'Hot calls being forwarded now, by owner.', ['owner'], (gauge) => {
    for (const { owner, underWay } of lanes.values()) gauge.set({ owner }, underWay);
  });

  const carry = async (req: IncomingMessage, res: ServerResponse, { owner, pool }: Lane, dress: Dress) => {
    // Who sends no body, or leaves while his call waits for a connection, must not keep a place, nor seats that nobody will hear of.
    const until = performance.now() + callDeadlineMs;
    const late = setTimeout(() => req.destroy(), callDeadlineMs);
    const body = await readBody(req, maxCallBytes).finally(() => clearTimeout(late));
    const answered = await sent(pool, { req, body, isWanted: () => !res.destroyed && performance.now() < until });
    if (res.destroyed) return;
    const knowsId = answered?.headers['x-request-id'] !== undefined;
    const worn = knowsId ? dress : [...dress, 'x-request-id', String(req.headers['x-request-id'])];
    if (!answered) return silence(req, putOn(res, worn), owner);
    // All headers at once: after a setHeader Node takes a slower way for each. Bytes as latin1 text: head and body go out in one piece, two buffers would not.
    res.writeHead(answered.status, [...worn, ...endToEndInTurn(answered.headers)]).end(answered.body.toString('latin1'), 'latin1');
  };
  const hot: HotHandler = (req, res, pass) => {
    const owner = hotCalls.get(req.url ?? '');
    const lane = owner && lanes.get(owner);
    if (!lane || !isPlainMutation(req)) return false;
    void (async () => {
      const dress = await door.admit(req);
      if (!dress) return pass();
      if (lane.underWay >= maxCalls) {
        door.turnAway(req.headers, new Refusal('OVERLOADED', { retryAfterSeconds: 1 }));
        return pass();
      }
      lane.underWay += 1;
      await carry(req, res, lane, dress).finally(() => {
        lane.underWay -= 1;
      });
    })().catch(() => res.destroy()); // the body did not arrive whole: nobody is there to hear it
    return true;
  };
  return { hot, close: async () => void (await Promise.all([...lanes.values()].map(({ pool }) => pool.destroy()))) };
}

/** Counted by owner: payments that wait for a slow provider must not turn holds away. */
type Lane = { owner: Namespace; pool: Pool; underWay: number };

function laneTo(owner: Namespace, address: string, deadlineMs: number): Lane {
  const bounds = { headersTimeout: deadlineMs, bodyTimeout: deadlineMs, connect: { timeout: deadlineMs } };
  return { owner, pool: new Pool(address, { connections: connections.get(owner) ?? 256, pipelining: 1, ...bounds }), underWay: 0 };
}

type Whole = { status: number; headers: IncomingMessage['headers']; body: Buffer };

type Call = { req: IncomingMessage; body: Buffer; isWanted: () => boolean };

/** The answer in one piece; undefined when there was none. A call nobody wants any more by the time it has a connection is not sent. */
function sent(pool: Pool, { req, body, isWanted }: Call): Promise<Whole | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let head: Omit<Whole, 'body'> = { status: 502, headers: {} };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => {
        if (!isWanted()) controller.abort(new Error('nobody waits for it'));
      },
      onResponseStart: (_controller, status, headers) => {
        head = { status, headers };
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve({ ...head, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }),
      onResponseError: () => resolve(undefined),
    };
    pool.dispatch({ path: req.url ?? '', method: 'POST', headers: endToEndInTurn(req.headers), body }, handler);
  });
}
