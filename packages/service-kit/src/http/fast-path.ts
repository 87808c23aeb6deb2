import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AnyTRPCRouter, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getErrorShape } from '@trpc/server/unstable-core-do-not-import';
import type { CallerReader } from '../callers/caller-reader.ts';
import { readBody } from './body.ts';
import { retryAfterOf } from './problem.ts';

/** Takes a request, or gives false and leaves it untouched. One that was taken can still be passed on, as long as its body was not read. */
export type HotHandler = (req: IncomingMessage, res: ServerResponse, pass: () => void) => boolean;

/** What a body may have, in bytes; longer ones, and those that do not say, are the adapter's. */
export const maxCallBytes = 65_536;

/** The length that a request says its body has, in bytes; undefined when it says none, or the body comes in chunks. */
export function lengthOf(req: IncomingMessage): number | undefined {
  const told = req.headers['content-length'];
  return told === undefined || req.headers['transfer-encoding'] !== undefined ? undefined : Number(told);
}

/** Is this one mutation, asked for in the plain way: a POST of at most 64 KiB of JSON, no batch, no stream? */
export function isPlainMutation(req: IncomingMessage): boolean {
  if (req.method !== 'POST' || req.headers['trpc-accept'] !== undefined || req.headers.expect !== undefined) return false;
  const length = lengthOf(req);
  return length !== undefined && length <= maxCallBytes && isJson(req.headers['content-type']) && !req.headers.accept?.includes('jsonl');
}
const isJson = (type = ''): boolean => type === 'application/json' || /^application\/json(;|$)/i.test(type);

export type FastPathOptions = {
  router: AnyTRPCRouter;
  /** What the router's procedures are answered by. */
  api: object;
  callers: CallerReader;
  onError: (error: TRPCError, call: { path: string; req: IncomingMessage }) => void;
};

/**
 * Single mutations without the Request and Response objects of the tRPC adapter, which cost more than a hold does. The same procedure, the same
 * middleware, the same bytes: every kind of answer is compared with the adapter's in a test.
 */
export function fastPath({ router, api, callers, onError }: FastPathOptions): HotHandler {
  const prefix = '/trpc/';
  const procedures: Record<string, AnyTRPCRouter['_def']['procedures'][string]> = router._def.procedures;
  const answer = async (req: IncomingMessage, res: ServerResponse, path: string) => {
    const call = { type: 'mutation' as const, path };
    let ctx: object | undefined;
    let input: unknown;
    const body = readBody(req, maxCallBytes);
    body.catch(() => {}); // the procedure may refuse before it asks for its input
    const getRawInput = async () => {
      input = parsed(await body);
      return input;
    };
    try {
      ctx = { ...api, caller: await callers.read(req.headers) };
      const data: unknown = await procedures[path]?.({ ...call, ctx, getRawInput, signal: leftSignal(res), batchIndex: 0 });
      send(res, 200, { result: { data } });
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      onError(error, { path, req });
      const shape = getErrorShape({ ...call, config: router._def._config, error, input, ctx });
      send(res, shape.data.httpStatus, { error: shape }, retryAfterOf(error));
    }
  };
  return (req, res) => {
    const path = req.url?.startsWith(prefix) ? req.url.slice(prefix.length) : '';
    if (!Object.hasOwn(procedures, path) || procedures[path]?._def.type !== 'mutation' || !isPlainMutation(req)) return false;
    void answer(req, res, path);
    return true;
  };
}

/** Aborted when the caller leaves before the answer is complete. */
function leftSignal(res: ServerResponse): AbortSignal {
  const left = new AbortController();
  res.once('close', () => res.writableEnded || left.abort());
  return left.signal;
}

const utf8 = new TextDecoder(); // drops a byte order mark, as Request.json() does
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: cause instanceof Error ? cause.message : 'Not JSON.', cause });
  }
}

function send(res: ServerResponse, status: number, body: unknown, retryAfter?: number): void {
  if (res.destroyed) return;
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    vary: 'trpc-accept, accept',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });
  res.end(text); // a string goes out with the head in one piece
}
