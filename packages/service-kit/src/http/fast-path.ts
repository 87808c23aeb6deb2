import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AnyTRPCRouter, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getErrorShape } from '@trpc/server/unstable-core-do-not-import';
import type { CallerReader } from '../callers/caller-reader.ts';
import { retryAfterOf } from './problem.ts';

/**
 * Takes a request, or gives false and leaves it untouched. One that was taken can still be passed on, as long as its body was not read.
 * Its answer carries the request's x-request-id.
 */
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
 * Single mutations without the Request and Response objects of the tRPC adapter, which cost more than a hold does. The same procedure, its
 * middlewares (input, output and use case in one step), the same bytes: every kind of answer is compared with the adapter's in a test.
 */
export function fastPath({ router, api, callers, onError }: FastPathOptions): HotHandler {
  const prefix = '/trpc/';
  const procedures: Record<string, AnyTRPCRouter['_def']['procedures'][string]> = router._def.procedures;
  const answer = async (req: IncomingMessage, res: ServerResponse, path: string) => {
    const call = { type: 'mutation' as const, path, signal: undefined, batchIndex: 0 };
    let ctx: object | undefined;
    let input: unknown;
    const body = wholeBody(req);
    const getRawInput = async () => {
      input = parsed(await body);
      return input;
    };
    try {
      ctx = { ...api, caller: await callers.read(req.headers) };
      const result = await step(procedures[path]?._def as Definition, 0, { ...call, ctx, getRawInput, input: undefined }); // a procedure of this router
      if (!result.ok) throw result.error;
      send(req, res, { status: 200, body: { result: { data: result.data } } });
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      onError(error, { path, req });
      const shape = getErrorShape({ type: 'mutation', path, config: router._def._config, error, input, ctx });
      send(req, res, { status: shape.data.httpStatus, body: { error: shape }, retryAfter: retryAfterOf(error) });
    }
  };
  return (req, res) => {
    const path = req.url?.startsWith(prefix) ? req.url.slice(prefix.length) : '';
    if (!Object.hasOwn(procedures, path) || procedures[path]?._def.type !== 'mutation' || !isPlainMutation(req)) return false;
    void answer(req, res, path);
    return true;
  };
}

type Call = {
  type: 'mutation';
  path: string;
  ctx: object;
  input: unknown;
  getRawInput: () => Promise<unknown>;
  signal: undefined;
  batchIndex: number;
};
type Changes = Partial<Pick<Call, 'ctx' | 'input' | 'getRawInput'>>;
type Result = { ok: true; data: unknown } | { ok: false; error: unknown };
type Middleware = { _type?: string } & ((call: Call & { meta: unknown; next: (changes?: Changes) => Promise<Result> }) => Promise<Result>);
type Schema = { parseAsync?: (value: unknown) => Promise<unknown> };
/** What tRPC keeps of a procedure: the middlewares, of which the use case is the last, and the schemas that two of them read by. */
type Definition = { meta: unknown; middlewares: readonly Middleware[]; inputs: readonly Schema[]; output?: Schema };

/** The chain of middlewares as tRPC goes through it; its own way copies each call twice per step, a tenth of what a refusal costs. */
function step(definition: Definition, at: number, call: Call): Promise<Result> {
  const { type, path, ctx, input, getRawInput, signal, batchIndex } = call;
  const next = (changes?: Changes) => step(definition, at + 1, changes ? changed(call, changes) : call);
  try {
    const middleware = definition.middlewares[at];
    if (!middleware) throw new Error(`${path} has no step ${at}`);
    const result = endsHere(definition, at)
      ? readAndAnswered(definition, call)
      : middleware({ type, path, ctx, input, getRawInput, signal, batchIndex, meta: definition.meta, next });
    return result.then(undefined, failure);
  } catch (cause) {
    return Promise.resolve(failure(cause));
  }
}

/** Do only input, output and use case come from here on? */
const endsHere = ({ middlewares, inputs, output }: Definition, at: number): boolean =>
  at === middlewares.length - 3 &&
  middlewares[at]?._type === 'input' &&
  middlewares[at + 1]?._type === 'output' &&
  inputs.length === 1 &&
  inputs[0]?.parseAsync !== undefined &&
  output?.parseAsync !== undefined;

/** These three at once: 1.6 of 13 µs that a hold spends between its body and its answer, and a seventh of its garbage. */
async function readAndAnswered({ inputs, output, middlewares, meta }: Definition, call: Call): Promise<Result> {
  const raw = await call.getRawInput();
  const input = await readBy(inputs[0], raw, { code: 'BAD_REQUEST' });
  const result = await middlewares.at(-1)?.({ ...call, input, meta, next: nothingNext });
  if (!result?.ok) return result ?? failure(new Error(`${call.path} has no use case`));
  return { ok: true, data: await readBy(output, result.data, { code: 'INTERNAL_SERVER_ERROR', message: 'Output validation failed' }) };
}

async function readBy(schema: Schema | undefined, value: unknown, fault: { code: 'BAD_REQUEST' | 'INTERNAL_SERVER_ERROR'; message?: string }) {
  try {
    return await schema?.parseAsync?.(value);
  } catch (cause) {
    throw new TRPCError({ ...fault, cause });
  }
}

const nothingNext = (): never => {
  throw new Error('Nothing comes after the use case.');
};

const failure = (cause: unknown): { ok: false; error: unknown } => ({ ok: false, error: getTRPCErrorFromUnknown(cause) });

const changed = ({ type, path, ctx, input, getRawInput, signal, batchIndex }: Call, changes: Changes): Call => ({
  type,
  path,
  ctx: changes.ctx ? { ...ctx, ...changes.ctx } : ctx,
  input: 'input' in changes ? changes.input : input,
  getRawInput: changes.getRawInput ?? getRawInput,
  signal,
  batchIndex,
});

/** The body, whose length was looked at before. One that does not arrive whole is never answered: nobody is there. */
function wholeBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    let all: Buffer | undefined;
    req.on('data', (chunk: Buffer) => {
      all = all ? Buffer.concat([all, chunk]) : chunk;
    });
    req.on('end', () => resolve(all ?? Buffer.alloc(0)));
  });
}

function parsed(body: Buffer): unknown {
  try {
    const text = body.toString(); // UTF-8
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text); // a byte order mark is dropped, as Request.json() does
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: cause instanceof Error ? cause.message : 'Not JSON.', cause });
  }
}

type Answer = { status: number; body: unknown; retryAfter?: number | undefined };

function send(req: IncomingMessage, res: ServerResponse, { status, body, retryAfter }: Answer): void {
  if (res.destroyed) return;
  const text = JSON.stringify(body);
  // All headers at once: after a setHeader Node takes a slower way for each of them.
  res.writeHead(status, {
    'x-request-id': req.headers['x-request-id'],
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    vary: 'trpc-accept, accept',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });
  res.end(text); // a string goes out with the head in one piece
}
