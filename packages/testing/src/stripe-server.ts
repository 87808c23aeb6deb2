import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  answerChallenge,
  cancelIntent,
  captureIntent,
  confirmIntent,
  mayRefund,
  missing,
  type StripeIntent,
  StripeNo,
  type StripeRefund,
  stripeMethods,
} from './stripe-objects.ts';

export { type StripeIntent, type StripeRefund, stripeMethods } from './stripe-objects.ts';

/** `never answers`: carried out, and no reply. `closes`: carried out, the connection ends. `lost`: not carried out, no reply. */
export type StripeTrouble = 500 | 429 | 'never answers' | 'closes' | 'lost';
export interface StripeRequest {
  method: string;
  path: string;
  key: string | undefined;
  params: Record<string, string>;
  status: number;
}

/** Stripe as the outside world of tests: it keeps intents and refunds, and its promises about keys. */
export interface StripeServer {
  url: string;
  intents: Map<string, StripeIntent>;
  refunds: StripeRefund[];
  /** Every request that was carried out, refused or repeated, in order. */
  requests: StripeRequest[];
  /** Secret key → account. Other keys are refused with words that quote them. */
  accounts: Map<string, string>;
  /** The next request whose `METHOD /path` matches goes wrong. A 500 is kept for its key, as Stripe does. */
  trouble(matching: RegExp, what: StripeTrouble): void;
  /** Everything is `what` until it is undefined again. */
  down(what: StripeTrouble | undefined): void;
  /** The customer answers the question of a bank. */
  answer(intentId: string, yes: boolean): void;
  /** What is processing is decided. */
  decideLate(): void;
  /** From now on refunds begin as this. */
  refundsAre(status: StripeRefund['status']): void;
  /** A day has passed: keys are new again. */
  forgetKeys(): void;
  close(): Promise<void>;
}

type Answer = { status: number; body: object };
type Kept = { asked: string; answer: Answer | undefined };
interface World extends Pick<StripeServer, 'intents' | 'refunds' | 'requests' | 'accounts'> {
  url: string;
  keys: Map<string, Kept>;
  troubles: { matching: RegExp; what: StripeTrouble }[];
  down: StripeTrouble | undefined;
  refundStatus: StripeRefund['status'];
}

export async function startStripeServer(): Promise<StripeServer> {
  const world: World = {
    ...{ url: '', intents: new Map(), refunds: [], requests: [], keys: new Map(), troubles: [], down: undefined, refundStatus: 'succeeded' as const },
    accounts: new Map([['sk_test_boxoffice', 'acct_boxoffice']]),
  };
  const server = createServer((req, res) => void handle(world, req, res).catch((error) => res.destroy(error)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  return {
    ...world,
    trouble: (matching, what) => void world.troubles.push({ matching, what }),
    down: (what) => {
      world.down = what;
    },
    answer: (id, yes) => answerChallenge(intentOf(world, id), yes),
    decideLate: () => {
      for (const intent of world.intents.values()) if (intent.status === 'processing') intent.status = 'requires_capture';
    },
    refundsAre: (status) => {
      world.refundStatus = status;
    },
    forgetKeys: () => world.keys.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(world: World, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '', world.url);
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const body = Object.fromEntries(new URLSearchParams(req.method === 'GET' ? url.search : Buffer.concat(chunks).toString()));
  const header = req.headers['idempotency-key'];
  const request = { method: req.method ?? '', path: url.pathname, key: typeof header === 'string' ? header : undefined, params: body, status: 0 };
  const at = world.troubles.findIndex(({ matching }) => matching.test(`${request.method} ${request.path}`));
  const what = world.down ?? (at < 0 ? undefined : world.troubles.splice(at, 1)[0]?.what);
  if (what === 'lost') return;
  const secret = req.headers.authorization?.replace('Bearer ', '') ?? '';
  const { answer, replayed } = world.accounts.has(secret) ? underKey(world, request, what) : { answer: stranger(secret), replayed: false };
  world.requests.push({ ...request, status: answer.status });
  const isSilent = request.path.endsWith('/confirm') && body.payment_method === stripeMethods.silent && !replayed;
  if (what === 'never answers' || isSilent) return;
  if (what === 'closes') return void res.destroy();
  const repeated = replayed ? { 'idempotent-replayed': 'true' } : {};
  res.writeHead(answer.status, { 'content-type': 'application/json', 'request-id': `req_${randomUUID().slice(0, 8)}`, ...repeated });
  res.end(JSON.stringify(answer.body));
}

const errorOf = (status: number, error: object): Answer => ({ status, body: { error } });
const stranger = (secret: string) => errorOf(401, { type: 'invalid_request_error', message: `Invalid API Key provided: ${secret}` });

/** The first answer of a key is its answer, also a 500; only a "no" to what the request says is not kept. */
function underKey(world: World, request: StripeRequest, what: StripeTrouble | undefined): { answer: Answer; replayed: boolean } {
  if (what === 429) return { answer: errorOf(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Slow down.' }), replayed: false };
  const asked = JSON.stringify([request.path, request.params]);
  const kept = request.key === undefined ? undefined : world.keys.get(request.key);
  if (kept && kept.asked !== asked)
    return {
      answer: errorOf(400, { type: 'idempotency_error', message: 'Keys for idempotent requests can only be used with the same parameters.' }),
      replayed: false,
    };
  if (kept?.answer) return { answer: kept.answer, replayed: true };
  const answer = what === 500 ? errorOf(500, { type: 'api_error', message: 'Something went wrong.' }) : carriedOut(world, request);
  const isKept = request.key !== undefined && request.method === 'POST' && answer.status !== 400 && answer.status !== 404;
  if (isKept && request.key !== undefined) world.keys.set(request.key, { asked, answer: structuredClone(answer) });
  return { answer, replayed: false };
}

function carriedOut(world: World, request: StripeRequest): Answer {
  try {
    return { status: 200, body: structuredClone(resultOf(world, request)) };
  } catch (no) {
    if (no instanceof StripeNo) return errorOf(no.status, structuredClone(no.error));
    throw no;
  }
}

function resultOf(world: World, { method, path, params }: StripeRequest): object {
  const [, , kind, id = '', verb] = path.split('/');
  if (method === 'GET' && kind === 'account') return { id: world.accounts.values().next().value, object: 'account' };
  if (method === 'GET' && kind === 'refunds') return listOf(kind, world.refunds, params);
  if (method === 'POST' && kind === 'refunds') return refunded(world, params);
  if (kind !== 'payment_intents') throw missing('address');
  if (method === 'POST' && id === '') return opened(world, params);
  if (method === 'GET' && id === '') return listOf(kind, [...world.intents.values()], params);
  const intent = intentOf(world, id);
  if (verb === 'confirm') confirmIntent(intent, params.payment_method ?? '', { url: world.url, returnUrl: params.return_url ?? null });
  if (verb === 'capture') captureIntent(intent, Number(params.amount_to_capture ?? intent.amount));
  if (verb === 'cancel') cancelIntent(intent);
  return intent;
}

function intentOf({ intents }: World, id: string): StripeIntent {
  const intent = intents.get(id);
  if (!intent) throw missing('PaymentIntent');
  return intent;
}

const metadataOf = (params: Record<string, string>) =>
  Object.fromEntries(Object.entries(params).flatMap(([name, value]) => (name.startsWith('metadata[') ? [[name.slice(9, -1), value]] : [])));

function opened({ intents }: World, params: Record<string, string>): StripeIntent {
  const amount = Number(params.amount);
  if (!(amount >= 50)) throw new StripeNo(400, { type: 'invalid_request_error', code: 'amount_too_small', param: 'amount', message: 'Too small.' });
  const intent: StripeIntent = {
    ...{ id: `pi_${randomUUID().replaceAll('-', '')}`, object: 'payment_intent', amount, amount_received: 0, currency: params.currency ?? '' },
    ...{ capture_method: params.capture_method ?? 'automatic', status: 'requires_payment_method', metadata: metadataOf(params), livemode: false },
    ...{ payment_method: null, last_payment_error: null, next_action: null, latest_charge: null, created: now() },
  };
  intents.set(intent.id, intent);
  return intent;
}

function refunded(world: World, params: Record<string, string>): StripeRefund {
  const intent = intentOf(world, params.payment_intent ?? '');
  const amount = Number(params.amount ?? intent.amount_received);
  mayRefund(
    intent,
    amount,
    world.refunds.filter((refund) => refund.payment_intent === intent.id),
  );
  const refund: StripeRefund = {
    ...{ id: `re_${randomUUID().replaceAll('-', '')}`, object: 'refund', amount, currency: intent.currency, payment_intent: intent.id },
    ...{ metadata: metadataOf(params), status: world.refundStatus, created: now() },
  };
  world.refunds.push(refund);
  return refund;
}

const now = () => Math.floor(Date.now() / 1_000);

/** Newest first, ten unless told, as Stripe lists. */
function listOf<T extends { id: string; created: number; payment_intent?: string }>(kind: string, all: readonly T[], params: Record<string, string>) {
  const { payment_intent, limit = '10', starting_after, 'created[gte]': since = '0', 'created[lt]': until = 'Infinity' } = params;
  const asked = ({ created, ...object }: T) =>
    created >= Number(since) && created < Number(until) && [undefined, object.payment_intent].includes(payment_intent);
  const found = all.filter(asked).reverse();
  const from = starting_after === undefined ? 0 : found.findIndex(({ id }) => id === starting_after) + 1;
  const data = found.slice(from, from + Number(limit));
  return { object: 'list', url: `/v1/${kind}`, has_more: from + data.length < found.length, data };
}
