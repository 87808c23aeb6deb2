/** Stripe's objects as far as a payment needs them, and what becomes of them; no time, no network. */
export interface StripeIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  currency: string;
  capture_method: string;
  status: 'requires_payment_method' | 'requires_action' | 'processing' | 'requires_capture' | 'canceled' | 'succeeded';
  metadata: Record<string, string>;
  payment_method: string | null;
  last_payment_error: { type: string; code: string; decline_code?: string; message: string } | null;
  next_action: { type: 'redirect_to_url'; redirect_to_url: { url: string; return_url: string | null } } | null;
  latest_charge: string | null;
  livemode: false;
  /** Unix seconds. */
  created: number;
}
export interface StripeRefund {
  id: string;
  object: 'refund';
  amount: number;
  currency: string;
  payment_intent: string;
  metadata: Record<string, string>;
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  created: number;
}

/** An answer that is an error, in Stripe's shape. */
export class StripeNo extends Error {
  readonly status: number;
  readonly error: Record<string, unknown>;
  constructor(status: number, error: { type: string; message: string } & Record<string, unknown>) {
    super(error.message);
    this.status = status;
    this.error = error;
  }
}
export const missing = (what: string, param = 'id') =>
  new StripeNo(param === 'id' ? 404 : 400, { type: 'invalid_request_error', code: 'resource_missing', param, message: `No such ${what}` });
const wrongState = (intent: StripeIntent, doing: string) =>
  new StripeNo(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `This PaymentIntent's state is ${intent.status}: it cannot be ${doing}.`,
    payment_intent: intent,
  });

type Declined = { code: string; decline_code: string };
const declines: Record<string, Declined> = {
  pm_card_visa_chargeDeclined: { code: 'card_declined', decline_code: 'generic_decline' },
  pm_card_visa_chargeDeclinedInsufficientFunds: { code: 'card_declined', decline_code: 'insufficient_funds' },
};
/** The first five are Stripe's own test methods; the others bring on what its documentation tells of and its test methods do not. */
export const stripeMethods = {
  approved: 'pm_card_visa',
  declined: 'pm_card_visa_chargeDeclined',
  insufficientFunds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  challenged: 'pm_card_threeDSecure2Required',
  unknown: 'pm_nobody',
  late: 'pm_isProcessing',
  silent: 'pm_neverAnswered',
  captureFails: 'pm_captureFails',
  capturesAtOnce: 'pm_capturesAtOnce',
} as const;
const known = new Set<string>(Object.values(stripeMethods).filter((method) => method !== stripeMethods.unknown));

const declinedWith = ({ code, decline_code }: Declined) => ({ type: 'card_error', code, decline_code, message: 'Your card was declined.' });

/** One more attempt to pay: changes the intent, or throws what Stripe answers instead. */
export function confirmIntent(intent: StripeIntent, method: string, { url, returnUrl }: { url: string; returnUrl: string | null }): void {
  if (intent.status !== 'requires_payment_method') throw wrongState(intent, 'confirmed');
  if (!known.has(method)) throw missing('PaymentMethod', 'payment_method');
  intent.payment_method = method;
  const declined = declines[method];
  if (declined) {
    Object.assign(intent, { payment_method: null, last_payment_error: declinedWith(declined), latest_charge: `ch_${intent.id.slice(3)}` });
    throw new StripeNo(402, { ...declinedWith(declined), payment_intent: intent });
  }
  if (method === stripeMethods.challenged) {
    if (returnUrl === null) throw new StripeNo(400, { type: 'invalid_request_error', param: 'return_url', message: 'A return_url is needed.' });
    const redirect_to_url = { url: `${url}/challenges/${intent.id}`, return_url: returnUrl };
    Object.assign(intent, { status: 'requires_action', next_action: { type: 'redirect_to_url', redirect_to_url } });
    return;
  }
  if (method === stripeMethods.late) intent.status = 'processing';
  else if (method === stripeMethods.capturesAtOnce) Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
  else intent.status = 'requires_capture';
  intent.latest_charge = `ch_${intent.id.slice(3)}`;
}

/** The customer answers the bank. */
export function answerChallenge(intent: StripeIntent, yes: boolean): void {
  if (intent.status !== 'requires_action') return;
  const failed = { type: 'invalid_request_error', code: 'payment_intent_authentication_failure', message: 'The customer did not authenticate.' };
  Object.assign(intent, { next_action: null, status: yes ? 'requires_capture' : 'requires_payment_method', last_payment_error: yes ? null : failed });
}

export function captureIntent(intent: StripeIntent, amount: number): void {
  if (intent.status !== 'requires_capture') throw wrongState(intent, 'captured');
  if (intent.payment_method === stripeMethods.captureFails)
    throw new StripeNo(400, { type: 'invalid_request_error', code: 'charge_expired_for_capture', message: 'The authorization has expired.' });
  if (amount > intent.amount) throw new StripeNo(400, { type: 'invalid_request_error', code: 'amount_too_large', message: 'More than authorized.' });
  Object.assign(intent, { status: 'succeeded', amount_received: amount });
}

export function cancelIntent(intent: StripeIntent): void {
  if (intent.status === 'canceled' || intent.status === 'succeeded') throw wrongState(intent, 'canceled');
  Object.assign(intent, { status: 'canceled', next_action: null });
}

/** Stripe's rule: never more than was received, counting what is on its way. */
export function mayRefund(intent: StripeIntent, amount: number, earlier: readonly StripeRefund[]): void {
  if (intent.status !== 'succeeded') throw wrongState(intent, 'refunded');
  const gone = earlier.filter(({ status }) => status !== 'failed' && status !== 'canceled').reduce((sum, refund) => sum + refund.amount, 0);
  if (gone === intent.amount_received)
    throw new StripeNo(400, { type: 'invalid_request_error', code: 'charge_already_refunded', message: 'Charge has already been refunded.' });
  if (gone + amount > intent.amount_received)
    throw new StripeNo(400, { type: 'invalid_request_error', param: 'amount', message: 'Refund amount is greater than unrefunded amount.' });
}
