import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, Refusal } from '@boxoffice/contracts';
import type { RedisConnection } from '@boxoffice/redis';
import type { CallerReader, Logger } from '@boxoffice/service-kit';
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { FrontDoorConfig } from './config.ts';
import { drawsOf, requestLimits } from './limits.ts';

/** Headers, names and values in turn. */
export type Dress = readonly string[];

export type FrontDoor = {
  /** In front of everything public: security headers, CORS, who calls, limits. */
  before: RequestHandler[];
  /** Reads callers as usual, and tells a request that was turned away at the door so, in the shape it was asked in. */
  callers: CallerReader;
  /**
   * The short way in for the calls that come by the thousand: customers only, counted by this process alone. Answers the headers of every answer;
   * undefined for everybody who must take the long way, where it is said why.
   */
  admit(req: IncomingMessage): Promise<Dress | undefined>;
  /** Lets whoever answers this request say this "no". */
  turnAway(headers: IncomingHttpHeaders, error: unknown): void;
};

/** What stands between the internet and the services, the same in the gateway and in standalone. */
export function frontDoor(config: FrontDoorConfig, edges: { callers: CallerReader; redis: RedisConnection | undefined; logger: Logger }): FrontDoor {
  const limits = requestLimits(config, edges.redis, edges.logger);
  const hotLimits = requestLimits(config, undefined, edges.logger); // booking's script counts holds for all replicas together
  // Keyed by the request's own headers object: what the limiter decided reaches whoever writes the answer.
  const turnedAway = new WeakMap<IncomingHttpHeaders, unknown>();
  const limit: RequestHandler = (req, res, next) => {
    res.setHeader('RateLimit-Policy', limits.policy);
    void (async () => {
      const seconds = await limits.secondsToWait(drawsOf(req.originalUrl, addressOf(req, config.TRUST_PROXY), await known(edges.callers, req)));
      if (seconds !== undefined) turnedAway.set(req.headers, new Refusal('RATE_LIMITED', { retryAfterSeconds: seconds }));
      next();
    })().catch(next);
  };
  const turnAway = (headers: IncomingHttpHeaders, error: unknown) => void turnedAway.set(headers, error);
  const shields = headersOf(helmet());
  const crossOrigin = cors({ origin: config.CORS_ORIGINS, exposedHeaders: ['retry-after', 'x-request-id', 'ratelimit-policy'], maxAge: 600 });
  const dressFor = dresses([...shields, 'RateLimit-Policy', limits.policy], crossOrigin, config.CORS_ORIGINS);
  return {
    before: [(_req, res, next) => next(void putOn(res, shields)), crossOrigin, limit],
    async admit(req) {
      const caller = await known(edges.callers, req);
      if (caller?.actor.kind !== 'user') return undefined;
      const seconds = await hotLimits.secondsToWait(drawsOf(req.url ?? '', '', caller));
      if (seconds !== undefined) {
        turnAway(req.headers, new Refusal('RATE_LIMITED', { retryAfterSeconds: seconds }));
        return undefined;
      }
      return dressFor(req.headers.origin);
    },
    callers: {
      read: (headers) => {
        const error = turnedAway.get(headers);
        return error ? Promise.reject(error) : edges.callers.read(headers);
      },
    },
    turnAway,
  };
}

type Handler = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

/** The headers that this handler sets for such a request, without one: its steps are walked once, not for every answer. */
function headersOf(handler: Handler, req: Partial<IncomingMessage> = {}, without = ''): Dress {
  const headers = new Map<string, string>();
  const res = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    getHeader: (name: string) => headers.get(name),
    removeHeader: (name: string) => headers.delete(name),
  };
  handler(req as IncomingMessage, res as unknown as ServerResponse, () => {}); // asks for nothing else
  headers.delete(without);
  return [...headers].flat();
}

/** The headers of every answer to a call from this origin: made once for each origin that is allowed, and once for all others. Vary is the owner's, as on the long way. */
function dresses(always: Dress, crossOrigin: Handler, allowed: readonly string[]): (origin: string | undefined) => Dress {
  const dressOf = (origin: string): Dress => [...always, ...headersOf(crossOrigin, { method: 'POST', headers: { origin } }, 'Vary')];
  const known = new Map(allowed.map((origin) => [origin, dressOf(origin)]));
  const others = dressOf('');
  return (origin) => known.get(origin ?? '') ?? others;
}

/** Sets these headers. */
export function putOn(res: ServerResponse, dress: Dress): ServerResponse {
  for (let at = 0; at < dress.length; at += 2) res.setHeader(dress[at] ?? '', dress[at + 1] ?? '');
  return res;
}

/** The caller, where the token is good; a bad token is answered later, by whoever asks who calls. */
async function known(callers: CallerReader, req: IncomingMessage): Promise<Caller | undefined> {
  return callers.read(req.headers).catch(() => undefined);
}

/** The customer's address: the socket's, or the one that the last `proxies` proxies of ours vouch for. */
function addressOf(req: IncomingMessage, proxies: number): string {
  const told =
    proxies === 0
      ? []
      : String(req.headers['x-forwarded-for'] ?? '')
          .split(',')
          .map((address) => address.trim())
          .filter(Boolean);
  return told[Math.max(0, told.length - proxies)] ?? req.socket.remoteAddress ?? 'unknown';
}
