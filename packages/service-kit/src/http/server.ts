import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AnyTRPCRouter, getTRPCErrorFromUnknown, type inferRouterContext, TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { type CallerReader, requestIdOf } from '../callers/caller-reader.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { isLogged } from '../observed.ts';
import { discardBody } from './body.ts';
import { drainOf } from './drain.ts';
import { fastPath, type HotHandler, maxCallBytes } from './fast-path.ts';
import { isFault, retryAfterOf, sendProblem } from './problem.ts';
import { type Route, routesOver } from './routes.ts';

export type HttpServerOptions<R extends AnyTRPCRouter> = {
  name: string;
  router: R;
  /** What the router's procedures are answered by. */
  api: Omit<inferRouterContext<R>, 'caller'>;
  routes: readonly Route[];
  callers: CallerReader;
  logger: Logger;
  metrics: Metrics;
  /** Throws with the reason while this process cannot serve. */
  ready: () => Promise<void>;
  /** Run before routes and procedures, for every request but probes. */
  before?: readonly RequestHandler[];
  /** Asked first for every request; by default single mutations take the fast path where nothing must run before them. */
  hot?: HotHandler;
  /** How long requests under way may take when it closes; 10 s. */
  drainMs?: number;
  /** How long an idle connection may still bring a request when it closes; 0. */
  idleGraceMs?: number;
};

export interface HttpServer {
  server: Server;
  /** Answers the address it listens on; port 0 takes a free one. */
  listen(port: number, host: string): Promise<string>;
  /** Stops accepting, ends streams, waits for requests under way, then cuts what is left. */
  close(): Promise<void>;
}

/**
 * Clients are told 5 s and leave a connection that was not used for so long, so that none sends a request on one that a drain is closing. Those who do not
 * listen have 65 s: longer than the 60 s of common proxies.
 */
const keepAlive = { keepAliveTimeout: 5_000, keepAliveTimeoutBuffer: 60_000 };

/** tRPC at /trpc, plain routes, /healthz (the event loop turns) and /readyz (can serve). No error leaves it with a stack or a cause. */
export function httpServer<R extends AnyTRPCRouter>(options: HttpServerOptions<R>): HttpServer {
  const app = express().disable('x-powered-by').disable('etag');
  const hot = options.hot ?? (options.before?.length ? undefined : fastPath({ ...options, onError: logOf(options.logger) }));
  const watch = timed(options.metrics);
  const server = createServer({ ...keepAlive, headersTimeout: 10_000, requestTimeout: 120_000 }, (req, res) => {
    drain.enter(req, res, watch(req, res));
    const requestId = requestIdOf(req.headers);
    req.headers['x-request-id'] = requestId; // so that everyone after this reads the same
    const pass = () => {
      res.setHeader('x-request-id', requestId);
      app(req, res);
    };
    if (!hot?.(req, res, pass)) pass();
  });
  const drain = drainOf(server);
  mountProbes(app, options.ready, () => drain.draining);
  for (const handler of options.before ?? []) app.use(handler);
  app.use('/trpc', trpcOver(options));
  app.use(routesOver(options.routes, options.callers));
  app.use(() => {
    throw new TRPCError({ code: 'NOT_FOUND', message: 'There is nothing at this address.' });
  });
  app.use(answerError(options.logger));
  return {
    server,
    listen: (port, host) => listening(server, port, host),
    close: () => drain.close({ drainMs: options.drainMs ?? 10_000, idleGraceMs: options.idleGraceMs ?? 0 }),
  };
}

function trpcOver<R extends AnyTRPCRouter>({ router, api, callers, logger }: HttpServerOptions<R>): RequestHandler {
  return createExpressMiddleware<AnyTRPCRouter>({
    router,
    createContext: async ({ req }) => ({ ...api, caller: await callers.read(req.headers) }),
    maxBatchSize: 20,
    maxBodySize: maxCallBytes,
    responseMeta: ({ errors }) => {
      const seconds = errors.map(retryAfterOf).filter((wait) => wait !== undefined);
      return seconds.length === 0 ? {} : { headers: { 'retry-after': String(Math.max(...seconds)) } };
    },
    onError: ({ error, path, req }) => logOf(logger)(error, { path, req }),
  });
}

/** Our faults as errors, unless they are in the log already; a "no" only for those who look closely. */
const logOf =
  (logger: Logger) =>
  (error: TRPCError, { path, req }: { path?: string | undefined; req: IncomingMessage }): void => {
    const facts = { requestId: req.headers['x-request-id'], ...(path !== undefined && { path }), err: error };
    if (isFault(error) && !isLogged(error)) logger.error(facts, 'call failed');
    else logger.debug(facts, 'call turned down');
  };

function mountProbes(app: Express, ready: () => Promise<void>, draining: () => boolean): void {
  const reason = reasonNotReady(ready);
  app.get('/healthz', (_req, res) => void res.json({ alive: true }));
  app.get('/readyz', async (_req, res) => {
    const why = draining() ? 'draining' : await reason();
    res
      .status(why === undefined ? 200 : 503)
      .set('cache-control', 'no-store')
      .json(why === undefined ? { ready: true } : { ready: false, reason: why });
  });
}

const readyDeadlineMs = 2_000;

/** Why it cannot serve, if it cannot. Probes that come together share one look. */
function reasonNotReady(ready: () => Promise<void>): () => Promise<string | undefined> {
  let running: Promise<string | undefined> | undefined;
  const look = async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer within ${readyDeadlineMs} ms`), readyDeadlineMs);
    });
    const looked = (async () => ready())().then(
      () => undefined,
      (error: unknown) => (error instanceof Error && error.message ? error.message : 'unknown'),
    );
    const why = await Promise.race([looked, late]);
    clearTimeout(timer);
    running = undefined;
    return why;
  };
  return () => {
    running ??= look();
    return running;
  };
}

const probes = new Set(['/healthz', '/readyz']);

/** Rate, errors and duration by route, without probes; procedures have their own in `observed`. Answers what to call when the request is over. */
function timed(metrics: Metrics) {
  const seconds = metrics.histogram('boxoffice_http_request_seconds', 'Requests by route, without event streams.', ['route', 'method', 'status']);
  return (req: IncomingMessage & { route?: { path: string } }, res: ServerResponse): (() => void) | undefined => {
    const { url = '' } = req; // express rewrites it
    if (probes.has(url)) return undefined;
    const start = performance.now();
    return () => {
      if (String(res.getHeader('content-type') ?? '').startsWith('text/event-stream')) return;
      const route = url.startsWith('/trpc/') ? '/trpc' : (req.route?.path ?? 'other');
      const status = res.writableFinished ? String(res.statusCode) : 'left';
      seconds.observe({ route, method: req.method ?? '', status }, (performance.now() - start) / 1000);
    };
  };
}

function answerError(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, req: IncomingMessage, res: ServerResponse, _next) => {
    const error = isBadRequest(thrown)
      ? new TRPCError({ code: 'BAD_REQUEST', message: 'The request cannot be read.', cause: thrown })
      : getTRPCErrorFromUnknown(thrown);
    logOf(logger)(error, { req });
    if (!res.headersSent) discardBody(req, res);
    sendProblem(res, error);
  };
}

/** Express' own: a URL that cannot be decoded. */
const isBadRequest = (thrown: unknown): boolean =>
  thrown instanceof Error && !(thrown instanceof TRPCError) && 'status' in thrown && thrown.status === 400;

function listening(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo; // a TCP server that listens
      const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      resolve(`http://${shown.includes(':') ? `[${shown}]` : shown}:${address.port}`);
    });
  });
}
