/** What went wrong at Stripe, in codes only: its words may quote a key, and its error objects carry requests and cards. */
export class StripeFault extends Error {
  override name = 'StripeFault';
  readonly code: string;
  constructor(facts: { type: string; code: string | undefined; status: number | undefined; requestId: string | undefined }) {
    super(`${facts.type} ${facts.code ?? ''} ${facts.status ?? 'no answer'} ${facts.requestId ?? ''}`.replace(/\s+/g, ' ').trim());
    this.code = facts.code ?? facts.type;
  }
}

/** `no`: Stripe has answered, and asking the same again answers the same. `key`: our key is not good (enough). `fault`: nobody knows, ask again. */
export type Failure = { kind: 'no' | 'key' | 'fault'; fault: StripeFault; isReplay: boolean };

interface Thrown {
  type?: unknown;
  rawType?: unknown;
  code?: unknown;
  statusCode?: unknown;
  requestId?: unknown;
  headers?: Record<string, string>;
}

/** Reads whatever a call of the library threw. Only codes leave this function. */
export function failureOf(error: unknown): Failure {
  if (error instanceof StripeFault) return { kind: 'fault', fault: error, isReplay: false };
  const thrown: Thrown = typeof error === 'object' && error !== null ? error : {};
  const status = typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
  const fault = new StripeFault({
    type: wordOf(thrown.type) ?? 'not from Stripe',
    code: wordOf(thrown.code),
    status,
    requestId: wordOf(thrown.requestId),
  });
  return { kind: kindOf(wordOf(thrown.rawType), status, fault.code), fault, isReplay: thrown.headers?.['idempotent-replayed'] === 'true' };
}

/** Our own account's trouble, which passes: the money is still owed. */
const passing = new Set(['lock_timeout', 'idempotency_key_in_use', 'rate_limit', 'balance_insufficient']);

function kindOf(type: string | undefined, status: number | undefined, code: string): Failure['kind'] {
  if (status === 401 || status === 403) return 'key';
  if (status === undefined || status >= 500 || status === 409 || status === 429 || passing.has(code)) return 'fault';
  return type === 'card_error' || type === 'invalid_request_error' ? 'no' : 'fault';
}

/** Codes and ids only: a word of at most 80 letters. */
const wordOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\w{1,80}$/.test(value) && !/_(test|live)_/.test(value) ? value : undefined;
