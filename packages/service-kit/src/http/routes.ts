import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, PlainRoute, User } from '@boxoffice/contracts';
import express, { type Request, type Response, type Router } from 'express';
import type { CallerReader } from '../callers/caller-reader.ts';
import { requireAudience } from './audience.ts';

/** A request with the parts of its URL that were read. */
export type RouteRequest = IncomingMessage & { params: Record<string, string>; query: Record<string, string | string[] | undefined> };
export type RouteCall = {
  /** The body is not read yet: see `readBody`. */
  req: RouteRequest;
  res: ServerResponse;
  /** Already checked against the audience of the route. */
  caller: Caller;
  /** Aborted when the caller leaves before the answer is complete. */
  signal: AbortSignal;
};

/** How a plain route of the contracts is answered. What `handle` throws becomes problem+json. */
export interface Route {
  spec: PlainRoute;
  handle(call: RouteCall): Promise<void>;
}

/** The caller of a route whose audience is 'user': nobody else gets as far as its handler. */
export function userOf(caller: Caller): Caller<User> {
  if (caller.actor.kind === 'user') return { ...caller, actor: caller.actor };
  throw new Error('a route of users was opened without one');
}

/** Express routes over these; the caller is checked before the body is touched. */
export function routesOver(routes: readonly Route[], callers: CallerReader): Router {
  const router = express.Router();
  for (const { spec, handle } of routes) {
    const answer = async (req: Request, res: Response) => {
      const left = new AbortController();
      res.once('close', () => res.writableFinished || left.abort());
      const caller = await callers.read(req.headers);
      await requireAudience(spec.audience, caller);
      // Express types params and query wider: no route of ours has a wildcard, and the simple query parser does not nest.
      await handle({ req: req as unknown as RouteRequest, res, caller, signal: left.signal });
    };
    if (spec.method === 'GET') router.get(spec.path, answer);
    else router.post(spec.path, answer);
  }
  return router;
}
