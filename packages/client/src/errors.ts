import type { AppRouter, RefusalCode, RefusalData } from '@boxoffice/contracts';
import { TRPCClientError } from '@trpc/client';

/** An error that is this "no", its details typed. */
export type Refused<C extends RefusalCode> = Error & { data: { code: string; httpStatus: number; refusal: RefusalData<C> } };

/** Was the answer this "no"? `if (refusedWith(error, 'SEAT_ALREADY_HELD')) error.data.refusal.details.seatIds` */
export const refusedWith = <C extends RefusalCode>(error: unknown, code: C): error is Refused<C> => toldBy(error)?.refusal?.code === code;

/** What an answer says about its error; undefined when there was no answer that we understand. */
export type Told = { code: string; httpStatus: number; refusal?: { code: string; details: Record<string, unknown> } };

/** Reads an error of a call or of a plain route. */
export const toldBy = (error: unknown): Told | undefined =>
  // The shape all services give their errors; the client's type of `data` is per procedure.
  error instanceof TRPCClientError ? ((error.data ?? undefined) as Told | undefined) : undefined;

/** The bearer token was not accepted (a wrong password is a refusal of its own and is not meant). */
export function isUnauthorised(error: unknown): boolean {
  const told = toldBy(error);
  return told?.code === 'UNAUTHORIZED' && told.refusal === undefined;
}

const baseWaitMs = 200;
const longestWaitMs = 30_000;
const comeBack: ReadonlySet<number> = new Set([429, 503]);
/** From a proxy in front of us, in its own words: it had no answer either. */
const comeBackOrNotThere: ReadonlySet<number> = new Set([...comeBack, 502, 504]);

/** How long to wait before the same request is sent again, in milliseconds with jitter; undefined when it must not be. `attempt` counts from 1. */
export function waitBeforeRetry(error: unknown, attempt: number): number | undefined {
  const told = toldBy(error);
  const status = statusOf(error);
  if (status === undefined && wasAborted(error)) return undefined;
  const again = told ? comeBack : comeBackOrNotThere;
  if (status !== undefined && !again.has(status)) return undefined;
  const asked = retryAfterMs(responseOf(error), told);
  if (asked === undefined) return jittered(baseWaitMs * 2 ** (attempt - 1));
  return asked <= longestWaitMs ? asked + jittered(baseWaitMs) : undefined; // who must wait for longer decides that for himself
}

/** ± 50 %, so that clients that failed together do not come back together. */
export const jittered = (ms: number): number => Math.round(ms * (0.5 + Math.random()));

/** The HTTP status of the answer; undefined when there was none. */
export const statusOf = (error: unknown): number | undefined => toldBy(error)?.httpStatus ?? responseOf(error)?.status;

function responseOf(error: unknown): Response | undefined {
  const response = error instanceof TRPCClientError ? error.meta?.response : undefined;
  return response instanceof Response ? response : undefined;
}

function retryAfterMs(response: Response | undefined, told: Told | undefined): number | undefined {
  const seconds = Number(response?.headers.get('retry-after') ?? told?.refusal?.details.retryAfterSeconds ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : undefined;
}

/** Given up by the caller's own signal; our deadline is a TimeoutError and counts as no answer. */
function wasAborted(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause.name === 'AbortError') return true;
  return false;
}

type Problem = { title?: string; code?: string; details?: Record<string, unknown>; issues?: unknown };

/** The error of a plain route, in the shape of all others. */
export async function errorOf(response: Response): Promise<TRPCClientError<AppRouter>> {
  const text = await response.text().catch(() => '');
  const problem = problemOf(response, text);
  if (!problem?.code)
    return new TRPCClientError(`The answer was ${response.status} ${response.statusText}, without a reason.`.trim(), { meta: { response } });
  const { code, details, issues, title = code } = problem;
  const told = { code, httpStatus: response.status, ...(details && { refusal: { code, details } }), ...(issues !== undefined && { issues }) };
  return TRPCClientError.from({ error: { message: title, code: -32_000, data: told } }, { meta: { response } });
}

function problemOf(response: Response, text: string): Problem | undefined {
  if (!/^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')) return undefined;
  try {
    return JSON.parse(text) as Problem; // every field is looked at before it is used
  } catch {
    return undefined;
  }
}
