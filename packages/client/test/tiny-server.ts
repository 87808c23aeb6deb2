import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appRouter, type Caller, Refusal, type Services } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';

/** A request as it arrived. */
export type Seen = {
  method: string;
  path: string;
  url: string;
  authorization: string | undefined;
  key: string | undefined;
  lastEventId: string | undefined;
  body: string;
};
/** Answers a request before anything else does; undefined passes it on. */
export type Script = (seen: Seen, req: IncomingMessage, res: ServerResponse) => boolean | undefined;

/** A Box Office of a few lines: the real routers over a real HTTP server, tokens are words, every request is kept. */
export async function tinyServer(services: { [N in keyof Services]?: Partial<Services[N]> }, script: Script = () => undefined) {
  const seen: Seen[] = [];
  const valid = new Set(['good']);
  const trpc = createHTTPHandler({
    router: appRouter,
    basePath: '/trpc/',
    maxBodySize: 1_000_000,
    // Only the procedures a test calls are there.
    createContext: ({ req }) => ({ caller: callerOf(req, valid), ...(services as Services) }),
  });
  const server = createServer(async (req, res) => {
    const url = req.url ?? '';
    const request: Seen = {
      method: req.method ?? '',
      path: url.split('?')[0] ?? '',
      url,
      authorization: req.headers.authorization,
      key: String(req.headers['idempotency-key'] ?? '') || undefined,
      lastEventId: String(req.headers['last-event-id'] ?? '') || undefined,
      body: '',
    };
    seen.push(request);
    if (url.startsWith('/trpc/')) return void (script(request, req, res) || trpc(req, res));
    for await (const chunk of req) request.body += chunk;
    if (!script(request, req, res)) res.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    /** Tokens that are accepted. */
    valid,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function callerOf(req: IncomingMessage, valid: ReadonlySet<string>): Caller {
  const { authorization } = req.headers;
  const requestId = 'test';
  if (authorization === undefined) return { actor: { kind: 'anyone' }, requestId };
  if (!valid.has(authorization.replace('Bearer ', ''))) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'The access token is not valid.' });
  return {
    actor: { kind: 'user', userId: ids.user, guest: false, memberships: [] },
    requestId,
    idempotencyKey: String(req.headers['idempotency-key'] ?? ''),
  };
}

export const ids = {
  user: '019a0000-0000-7000-8000-000000000001',
  event: '019a0000-0000-7000-8000-000000000002',
  seat: '019a0000-0000-7000-8000-000000000003',
  organisation: '019a0000-0000-7000-8000-000000000004',
};

/** A token that expires in so many seconds, by its own word. */
export const jwt = (inSeconds: number): string =>
  `x.${Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + inSeconds, n: Math.random() })).toString('base64url')}.y`;

export const answer = (res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): true => {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
};

export const refusedSeat = () => new Refusal('SEAT_ALREADY_HELD', { seatIds: [ids.seat] });
