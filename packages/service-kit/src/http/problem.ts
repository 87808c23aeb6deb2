import type { ServerResponse } from 'node:http';
import { formatError, Refusal } from '@boxoffice/contracts';
import { getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';

/** RFC 9457: a "no" outside tRPC. `code` is the refusal's, or tRPC's where there is none. */
export type Problem = {
  type: `urn:boxoffice:${string}`;
  title: string;
  status: number;
  code: string;
  details?: unknown;
  issues?: { path: string; message: string }[];
};

/** Any error as a problem; one that is not meant for callers says "Internal error." and nothing else. */
export function problemOf(thrown: unknown): Problem {
  const error = getTRPCErrorFromUnknown(thrown);
  const status = getHTTPStatusCodeFromError(error);
  const { message, data } = formatError({ error, shape: { message: error.message, code: -32603, data: { code: error.code, httpStatus: status } } });
  const refusal = error instanceof Refusal ? error.refusal : undefined;
  const code = refusal?.code ?? error.code;
  return {
    type: `urn:boxoffice:${code}`,
    title: message,
    status,
    code,
    ...(refusal && { details: refusal.details }),
    ...(data.issues && { issues: data.issues }),
  };
}

/** Seconds after which a refused caller may ask again, where the refusal says so. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof Refusal)) return undefined;
  const seconds: unknown = Object.entries(error.refusal.details).find(([name]) => name === 'retryAfterSeconds')?.[1];
  return typeof seconds === 'number' ? Math.max(1, Math.ceil(seconds)) : undefined;
}

/** Answers with the problem; when the answer has begun already, all that is left is to break it off. */
export function sendProblem(res: ServerResponse, thrown: unknown): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const problem = problemOf(thrown);
  const retryAfter = retryAfterOf(thrown);
  if (retryAfter !== undefined) res.setHeader('retry-after', String(retryAfter));
  res.writeHead(problem.status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }).end(JSON.stringify(problem));
}

/** Is this our fault, so that it belongs into the log as an error? */
export const isFault = (error: TRPCError): boolean => getHTTPStatusCodeFromError(error) >= 500 && !(error instanceof Refusal);
