import type { AppRouter, Namespace, SeatingPlan } from '@boxoffice/contracts';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { refusedWith } from './errors.ts';
import { linksTo } from './links.ts';
import { type LiveOptions, liveEvents } from './live-tickets.ts';
import { anyOf, type PlainOptions, paths, sendWithRetries } from './plain-routes.ts';
import { type SessionTokens, sessionKeeper } from './session.ts';
import { type Refund, settledRefund } from './settled-refund.ts';

type Api = Pick<TRPCClient<AppRouter>, Namespace>;
export type Ticket = Awaited<ReturnType<Api['ticketing']['getTicket']['query']>>;
export type UploadedSeatingPlan = ReturnType<(typeof SeatingPlan)['parse']>;

export type ClientOptions = {
  /** Where the gateway answers: 'https://tickets.example.org'. */
  url: string;
  /** An access token to begin with. */
  token?: string | undefined;
  /** Its refresh token; without one, the client ends with its access token. */
  refreshToken?: string | undefined;
  /** Called with every renewed session, so that it can be kept, and with undefined when it has ended. */
  onSession?: ((session: SessionTokens | undefined) => void) | undefined;
  fetch?: typeof fetch | undefined;
  /** Further attempts after network errors, 503 and 429; 3. */
  retries?: number | undefined;
  /** Longest time one attempt of a call may take, in milliseconds; 30 000. */
  timeoutMs?: number | undefined;
};

/** Box Office. Every procedure under its name, `client.booking.holdSeats.mutate(input)`; files and streams as methods. */
export interface BoxOfficeClient extends Api {
  /** Uses this session from now on: pass the answer of register, login or continueAsGuest; undefined forgets it. */
  setSession(session: SessionTokens | undefined): void;
  /** The session in use, renewed or not. */
  session(): SessionTokens | undefined;
  /** Renews now: memberships that just changed are in the next token. Refuses with SESSION_EXPIRED. */
  renewSession(): Promise<void>;
  /** Stores a seating plan file (zones → rows → seats, at most 16 MB). Refuses with SEATING_PLAN_INVALID, telling the path of each fault, and SEATING_PLAN_TOO_LARGE. */
  uploadSeatingPlan(upload: {
    organisationId: string;
    plan: string | Uint8Array<ArrayBuffer> | object;
    idempotencyKey?: string;
    signal?: AbortSignal;
  }): Promise<UploadedSeatingPlan>;
  /** The PNG of a ticket's QR code. Refuses with TICKET_NOT_FOUND. */
  ticketQrImage(ticketId: string, options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  /** Receipt and tickets of a paid order of mine as a PDF; for box-office staff the receipt. Refuses with PAYMENT_NOT_FOUND, ROLE_REQUIRED, PAYMENT_NOT_CONFIRMED, OVERLOADED. */
  orderPdf(paymentId: string, options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  /** The event of a paid order as an iCalendar file. Refuses as `orderPdf` does. */
  orderCalendar(paymentId: string, options?: { signal?: AbortSignal }): Promise<string>;
  /** The statement of an event as CSV text. Refuses with EVENT_NOT_FOUND, ROLE_REQUIRED. */
  eventStatementCsv(eventId: string, options?: { signal?: AbortSignal }): Promise<string>;
  /** Waits until a refund is DONE or FAILED, or until staff must act: pass what refundOrder or cancelOrder answered. Throws the signal's reason when that comes first. */
  settledRefund(refund: Refund, options?: { signal?: AbortSignal }): Promise<Refund>;
  /** My tickets as they are issued; survives lost connections without losing or repeating one. Ends with `signal`, or by leaving the loop. */
  liveTickets(options?: LiveOptions): AsyncIterable<Ticket>;
}

/** A client of the Box Office at `url`. Keeps its session fresh, retries what is safe to retry, and sends one idempotency key per mutation. */
export function createBoxOfficeClient(given: ClientOptions): BoxOfficeClient {
  const { token, refreshToken, onSession = () => undefined, retries = 3, timeoutMs = 30_000 } = given;
  const url = given.url.replace(/\/+$/, '').replace(/\/trpc$/, '');
  const fetch = given.fetch ?? globalThis.fetch;
  const session = sessionKeeper({
    session: token === undefined ? undefined : { accessToken: token, refreshToken },
    refresh: async (old) => api.identity.refresh.mutate({ refreshToken: old }),
    isOver: (error) => refusedWith(error, 'SESSION_EXPIRED'),
    onSession,
  });
  const timed: typeof globalThis.fetch = (input, init) => fetch(input, { ...init, signal: anyOf(init?.signal, AbortSignal.timeout(timeoutMs)) });
  const api = createTRPCClient<AppRouter>({ links: linksTo({ url: `${url}/trpc`, fetch: timed, retries, session }) });
  const plain: PlainOptions = { url, fetch, retries, session };
  return {
    identity: api.identity,
    booking: api.booking,
    payment: api.payment,
    ticketing: api.ticketing,
    analytics: api.analytics,
    setSession: session.set,
    session: session.get,
    renewSession: session.renew,
    ...plainMethods(plain, timeoutMs),
    settledRefund: (refund, { signal } = {}) => settledRefund(api.payment, refund, signal),
  };
}

/** Called by a provider, or opened in a browser. */
type NotForCustomers = 'providerWebhook' | 'testProviderChallenge' | 'answerTestProviderChallenge';

function plainMethods(options: PlainOptions, timeoutMs: number): Pick<BoxOfficeClient, Exclude<keyof typeof paths, NotForCustomers>> {
  type Reading<T> = { signal: AbortSignal | undefined; read: (response: Response) => Promise<T> };
  const file = <T>(name: keyof typeof paths, id: string, { signal, read }: Reading<T>) =>
    sendWithRetries(options, { path: paths[name].replace(/:\w+/, encodeURIComponent(id)), method: 'GET', signal, timeoutMs }, read);
  return {
    uploadSeatingPlan({ organisationId, plan, idempotencyKey = crypto.randomUUID(), signal }) {
      const body = typeof plan === 'string' || plan instanceof Uint8Array ? plan : JSON.stringify(plan);
      const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
      const path = `${paths.uploadSeatingPlan}?organisationId=${encodeURIComponent(organisationId)}`;
      const read = (response: Response) => response.json() as Promise<UploadedSeatingPlan>; // as the contract promises
      return sendWithRetries(options, { path, method: 'POST', headers, body, signal, timeoutMs: Math.max(timeoutMs, uploadMs) }, read);
    },
    ticketQrImage: (ticketId, { signal } = {}) => file('ticketQrImage', ticketId, { signal, read: bytesOf }),
    orderPdf: (paymentId, { signal } = {}) => file('orderPdf', paymentId, { signal, read: bytesOf }),
    orderCalendar: (paymentId, { signal } = {}) => file('orderCalendar', paymentId, { signal, read: textOf }),
    eventStatementCsv: (eventId, { signal } = {}) => file('eventStatementCsv', eventId, { signal, read: textOf }),
    liveTickets: (live = {}) => liveEvents<Ticket>(options, 'ticket', live),
  };
}

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const textOf = (response: Response) => response.text();

/** 16 MB over a slow line: 2 minutes are 1 Mbit/s. */
const uploadMs = 120_000;
