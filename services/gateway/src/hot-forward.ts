import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Namespace, Refusal } from '@boxoffice/contracts';
import { type HotHandler, isPlainMutation, type Metrics, maxCallBytes, readBody } from '@boxoffice/service-kit';
import { type Dispatcher, Pool } from 'undici';
import { endToEnd, silence } from './forward.ts';
import type { FrontDoor } from './front-door.ts';

/** The calls of the minute that matters, and who owns them. */
const hotCalls = new Map<string, Namespace>([
  ['/trpc/booking.holdSeats', 'booking'],
  ['/trpc/booking.holdBestAvailable', 'booking'],
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
  const pools = new Map([...new Set(hotCalls.values())].map((owner) => [owner, poolTo(addresses.get(owner) ?? '', callDeadlineMs)]));
  let underWay = 0;
  metrics.gauge('boxoffice_gateway_hot_calls', 'Hot calls being forwarded now.', [], (gauge) => gauge.set(underWay));

  const carry = async (req: IncomingMessage, res: ServerResponse, owner: Namespace) => {
    const body = await readBody(req, maxCallBytes);
    const answered = await sent(pools.get(owner), req, body);
    if (res.destroyed) return;
    if (!answered) return silence(req, res, owner);
    // Bytes as latin1 text: head and body go out in one piece, which two buffers do not.
    res.writeHead(answered.status, endToEnd(answered.headers)).end(answered.body.toString('latin1'), 'latin1');
  };
  const hot: HotHandler = (req, res, pass) => {
    const owner = hotCalls.get(req.url ?? '');
    if (!owner || !isPlainMutation(req)) return false;
    void (async () => {
      res.setHeader('x-request-id', req.headers['x-request-id'] ?? '');
      if (!(await door.admit(req, res))) return pass();
      if (underWay >= maxCalls) {
        door.turnAway(req.headers, new Refusal('OVERLOADED', { retryAfterSeconds: 1 }));
        return pass();
      }
      underWay += 1;
      await carry(req, res, owner).finally(() => {
        underWay -= 1;
      });
    })().catch(() => res.destroy()); // the body did not arrive whole: nobody is there to hear it
    return true;
  };
  return { hot, close: async () => void (await Promise.all([...pools.values()].map((pool) => pool.destroy()))) };
}

const poolTo = (address: string, deadlineMs: number) =>
  new Pool(address, { connections: 256, pipelining: 1, headersTimeout: deadlineMs, bodyTimeout: deadlineMs, connect: { timeout: deadlineMs } });

type Whole = { status: number; headers: IncomingMessage['headers']; body: Buffer };

/** The answer in one piece; undefined when there was none. */
function sent(pool: Pool | undefined, req: IncomingMessage, body: Buffer): Promise<Whole | undefined> {
  return new Promise((resolve) => {
    if (!pool) return resolve(undefined);
    const chunks: Buffer[] = [];
    let head: Omit<Whole, 'body'> = { status: 502, headers: {} };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {},
      onResponseStart: (_controller, status, headers) => {
        head = { status, headers };
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve({ ...head, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }),
      onResponseError: () => resolve(undefined),
    };
    pool.dispatch({ path: req.url ?? '', method: 'POST', headers: endToEnd(req.headers), body }, handler);
  });
}
