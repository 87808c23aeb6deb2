import type { plainRoutes } from '@boxoffice/contracts';
import { errorOf, isUnauthorised, waitBeforeRetry } from './errors.ts';
import type { SessionKeeper } from './session.ts';

/** Paths of the routes that are not procedures. The contract's own, checked by the compiler: this package takes only types from it. */
export const paths = {
  uploadSeatingPlan: '/uploads/seating-plans',
  ticketQrImage: '/tickets/:ticketId/qr.png',
  liveTickets: '/live/tickets',
  testProviderChallenge: '/test-provider/challenges/:charge',
  answerTestProviderChallenge: '/test-provider/challenges/:charge',
  providerWebhook: '/webhooks/:provider/:accountId',
  eventStatementCsv: '/events/:eventId/statement.csv',
  orderPdf: '/orders/:paymentId/order.pdf',
  orderCalendar: '/orders/:paymentId/event.ics',
} as const satisfies { [Name in keyof typeof plainRoutes]: (typeof plainRoutes)[Name]['path'] };

export type PlainOptions = { url: string; fetch: typeof fetch; retries: number; session: SessionKeeper };
export type PlainRequest = {
  path: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | undefined;
  signal?: AbortSignal | undefined;
};

/** Sends one request with the session's token; after a 401 once more with a renewed one. Throws what a "no" says, in the shape of every other error. */
export async function send({ url, fetch, session }: PlainOptions, request: PlainRequest): Promise<Response> {
  const attempt = async (token: string | undefined): Promise<Response> => {
    const headers = { ...request.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const response = await fetch(url + request.path, { method: request.method, headers, body: request.body ?? null, signal: request.signal ?? null });
    if (!response.ok) throw await errorOf(response);
    return response;
  };
  const token = await session.token();
  try {
    return await attempt(token);
  } catch (error) {
    if (token === undefined || !isUnauthorised(error) || !(await session.renewInsteadOf(token))) throw error;
    return attempt(await session.token());
  }
}

/** As `send`, and again after network errors, 503 and 429; `read` takes in the body within the same deadline. */
export async function sendWithRetries<T>(
  options: PlainOptions,
  request: PlainRequest & { timeoutMs: number },
  read: (response: Response) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read(await send(options, { ...request, signal: anyOf(request.signal, AbortSignal.timeout(request.timeoutMs)) }));
    } catch (error) {
      const wait = attempt <= options.retries ? waitBeforeRetry(error, attempt) : undefined;
      if (wait === undefined) throw error;
      await pause(wait, request.signal);
    }
  }
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Aborted with the first of the two. */
export const anyOf = (given: AbortSignal | null | undefined, ours: AbortSignal): AbortSignal => (given ? AbortSignal.any([given, ours]) : ours);
