import type { DeclineReason, ProviderAnswer } from '../../domain/payment.ts';
import type { Stripe } from './client.ts';

/** The parts of an intent that an answer is made of. */
export type Intent = Pick<Stripe.PaymentIntent, 'id' | 'status'> & {
  last_payment_error?: { code?: string; decline_code?: string } | null;
  next_action?: { type: string; redirect_to_url?: { url: string | null } } | null;
};

/** An intent as it is now, in our words. */
export function answerOf(intent: Intent): ProviderAnswer {
  switch (intent.status) {
    case 'requires_capture':
      return { kind: 'approved', reference: intent.id, captured: false };
    case 'succeeded':
      return { kind: 'approved', reference: intent.id, captured: true };
    case 'requires_action':
      return { kind: 'pending', actionUrl: intent.next_action?.redirect_to_url?.url ?? undefined };
    case 'processing':
      return { kind: 'pending' };
    case 'canceled':
      return { kind: 'declined', reason: 'voided' };
    case 'requires_payment_method':
      // Without an error nobody has confirmed it yet: the request was never seen.
      return intent.last_payment_error ? { kind: 'declined', reason: reasonOf(intent.last_payment_error) } : { kind: 'absent' };
    case 'requires_confirmation':
      return { kind: 'absent' };
    default:
      return { kind: 'unknown' }; // a word of a newer Stripe
  }
}

const reasonOf = ({ code, decline_code: detail }: { code?: string; decline_code?: string }): DeclineReason =>
  detail === 'insufficient_funds' || code === 'insufficient_funds' ? 'insufficient-funds' : 'card-declined';

/** A refund as it is now. `reference` stays the payment's own. */
export function refundAnswerOf({ status }: Pick<Stripe.Refund, 'status'>, reference: string): ProviderAnswer {
  switch (status) {
    case 'succeeded':
      return { kind: 'approved', reference };
    case 'failed':
    case 'canceled':
      return { kind: 'declined', reason: 'card-declined' };
    case 'pending':
    case 'requires_action':
      return { kind: 'pending' };
    default:
      return { kind: 'unknown' };
  }
}
