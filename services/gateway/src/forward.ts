import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { maxSeatingPlanBytes, type Namespace, Refusal } from '@boxoffice/contracts';
import type { Metrics } from '@boxoffice/service-kit';
import { TRPCError } from '@trpc/server';
import { type Owner, ownerOf, proceduresIn } from './owners.ts';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-authorization',
  'proxy-authenticate',
  'host',
  'expect',
]);

type Headers = IncomingMessage['headers'];

/** The headers that travel on: hop-by-hop ones and those the sender's Connection header names stay here. */
export function endToEnd(headers: Headers): Headers {
  const onward: Headers = {};
  eachOnward(headers, (name, value) => {
    onward[name] = value;
  });
  return onward;
}

/** The same, names and values in turn: no object with other names for each call. */
export function endToEndInTurn(headers: Headers): string[] {
  const onward: string[] = [];
  eachOnward(headers, (name, value) => {
    if (typeof value === 'string') onward.push(name, value);
    else for (const one of value) onward.push(name, one);
  });
  return onward;
}

function eachOnward(headers: Headers, take: (name: string, value: string | string[]) => void): void {
  const { connection = 'keep-alive' } = headers;
  const named =
    connection === 'keep-alive'
      ? []
      : connection
          .toLowerCase()
          .split(',')
          .map((name) => name.trim());
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !hopByHop.has(name) && !named.includes(name)) take(name, value);
  }
}

export type ForwardOptions = {
  addresses: ReadonlyMap<Namespace, string>;
  callDeadlineMs: number;
  maxCalls: number;
  maxStreams: number;
  metrics: Metrics;
};

/**
 * Carries requests to the one service that owns them, byte for byte. Streams have connections of their own and a cap, so that they never
 * starve calls; calls have a deadline. Answers false for what this process must answer itself.
 * Refuses with OVERLOADED when too much is under way.
 */
export function forwarder({ addresses, callDeadlineMs, maxCalls, maxStreams, metrics }: ForwardOptions) {
  const calls = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 256 });
  const streams = new Agent({ keepAlive: false });
  const underWay = { call: 0, stream: 0 };
  metrics.gauge('boxoffice_gateway_forwards', 'Requests being forwarded now.', ['kind'], (gauge) => {
    gauge.set({ kind: 'call' }, underWay.call);
    gauge.set({ kind: 'stream' }, underWay.stream);
  });
  return {
    forward(req: IncomingMessage, res: ServerResponse, extra: Record<string, string>): boolean {
      const owner = ownerOf(req.method ?? '', req.url ?? '');
      const address = owner && addresses.get(owner.namespace);
      if (!owner || !address) return false;
      // Said here: a service that says it in the middle of the body hangs up, and its words can be lost on the way back.
      if (Number(req.headers['content-length'] ?? 0) > (owner.maxBodyBytes ?? Number.POSITIVE_INFINITY)) throw tooLarge(owner.maxBodyBytes ?? 0);
      const kind = owner.stream ? 'stream' : 'call';
      if (underWay[kind] >= (owner.stream ? maxStreams : maxCalls)) throw new Refusal('OVERLOADED', { retryAfterSeconds: 1 });
      underWay[kind] += 1;
      res.once('close', () => {
        underWay[kind] -= 1;
      });
      carry(req, res, {
        owner,
        url: new URL(req.url ?? '', address),
        agent: owner.stream ? streams : calls,
        deadlineMs: deadlineOf(owner, callDeadlineMs),
        extra,
      });
      return true;
    },
    close(): void {
      calls.destroy();
      streams.destroy();
    },
  };
}

const isPlan = (maxBodyBytes: number | undefined) => maxBodyBytes === maxSeatingPlanBytes;
const tooLarge = (maxBytes: number) =>
  isPlan(maxBytes)
    ? new Refusal('SEATING_PLAN_TOO_LARGE', { maxBytes })
    : new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: `The body may have at most ${maxBytes} bytes.` });

/** Milliseconds; a plan takes its time on the way. */
const deadlineOf = (owner: Owner, callMs: number) => (owner.stream ? undefined : isPlan(owner.maxBodyBytes) ? callMs * 4 : callMs);
type Carriage = { owner: Owner; url: URL; agent: Agent; deadlineMs: number | undefined; extra: Record<string, string> };

function carry(req: IncomingMessage, res: ServerResponse, { owner, url, agent, deadlineMs, extra }: Carriage): void {
  const out = request(url, { agent, method: req.method, headers: { ...endToEnd(req.headers), ...extra } }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    if (owner.stream) res.flushHeaders();
    answer.pipe(res);
    answer.on('error', () => res.destroy());
  });
  const timer = deadlineMs === undefined ? undefined : setTimeout(() => out.destroy(new Error('deadline')), deadlineMs);
  out.on('error', () => silence(req, res, owner.namespace));
  res.on('close', () => {
    clearTimeout(timer);
    if (!res.writableFinished) out.destroy();
  });
  req.pipe(out);
}

/** Nobody answered, or not in time: 503, in the shape of what was asked. The caller's next try with the same key is safe. */
export function silence(req: IncomingMessage, res: ServerResponse, namespace: Namespace): void {
  if (res.headersSent) return void res.destroy();
  const message = `The ${namespace} service does not answer: try again in a moment.`;
  const procedures = proceduresIn(req.url ?? '');
  if (!procedures) {
    res.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
    return void res.end(JSON.stringify({ type: 'urn:boxoffice:SERVICE_UNAVAILABLE', title: message, status: 503, code: 'SERVICE_UNAVAILABLE' }));
  }
  const errors = procedures.map((path) => ({ error: { message, code: -32603, data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 503, path } } }));
  res.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
  res.end(JSON.stringify(/[?&]batch=1(&|$)/.test(req.url ?? '') ? errors : errors[0]));
}
