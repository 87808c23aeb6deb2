import type { ProviderAnswer } from '../domain/payment.ts';
import type { Movement } from '../domain/statement-comparison.ts';

/** `key`: the idempotency key of this request. After `deadlineMs` nobody listens any more. */
interface Request {
  key: string;
  deadlineMs: number;
}
/** A request about money that was authorised before; `charge` is the key it was authorised with. */
interface ChargeRequest extends Request {
  charge: string;
}
interface Amount {
  amountMinor: number;
  currency: string;
}

/** What a customer pays with: a card of the test provider, or a provider's own token of a method ('pm_…'). A card is never stored. */
export interface PayWith {
  card?: string | undefined;
  paymentMethodId?: string | undefined;
  /** Where the customer's browser goes on after a question of the bank. */
  returnUrl?: string | undefined;
}

/**
 * The bank's side of a payment. Every call may be repeated with the same key and is then the same call. Implementations translate their
 * words into ours and keep no state in this process; one that throws or is late is heard as `unknown`.
 */
export interface PaymentProvider {
  name: string;
  /** Throws the refusal for a method this provider can never take, before anything is written. */
  refuseUnknownMethod(payWith: PayWith): void;
  /** Reserves the money. `approved.captured` says that this provider took it at once. */
  authorise(request: Request & Amount & { payWith: PayWith }): Promise<ProviderAnswer>;
  /** Takes reserved money. `declined` is final: a fault that may pass is `unknown`. */
  capture(request: ChargeRequest & Amount): Promise<ProviderAnswer>;
  /** After `approved` no money is, or ever will be, held or taken under this charge – also when its request has not arrived yet. `declined` only as captured-already. */
  void(request: ChargeRequest): Promise<ProviderAnswer>;
  /**
   * Gives taken money back, all of it or a part; a charge may have several refunds. `declined` is final for this key, also when the same key comes again:
   * a fault that may pass is `unknown`.
   */
  refund(request: ChargeRequest & Amount): Promise<ProviderAnswer>;
  /** What became of a refund, by its key: `absent` when it has never been seen. Without it a refund is asked for again, under the same key. */
  lookUpRefund?(request: ChargeRequest): Promise<ProviderAnswer>;
  /** What became of a charge: the question of somebody who does not have the card any more. */
  lookUp(request: Omit<ChargeRequest, 'key'>): Promise<ProviderAnswer>;
  /** Everything that moved from `from` until before `to`, for a comparison of the books; a provider without it has none that we can read. */
  list?(span: { from: Date; to: Date }): Promise<Movement[]>;
}

/** Which provider is asked about a payment, by the name and the account that were written when it was created. */
export interface Providers {
  of(payment: { provider: string; accountId?: string | null | undefined }): Promise<PaymentProvider>;
  /** Throws the refusal for what no provider here can take. */
  refuseUnknownMethod(payWith: PayWith): void;
}

/** The answer, or `unknown` when there is none in time or the call broke; `onFault` hears why. */
export async function answerWithin(
  deadlineMs: number,
  ask: () => Promise<ProviderAnswer>,
  onFault: (error: unknown) => void,
): Promise<ProviderAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ProviderAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'unknown' }), deadlineMs);
  });
  const answer = ask().catch((error: unknown): ProviderAnswer => {
    onFault(error);
    return { kind: 'unknown' };
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
