import { Refusal } from '@boxoffice/contracts';
import type { PayWith } from './provider.ts';

/** What a provider wants to be paid with; one that is not named here needs nothing. The statement that starts a payment says the same (`isPayableWith`). */
const wants: Record<string, 'card' | 'paymentMethodId'> = { test: 'card', stripe: 'paymentMethodId' };

/** Refuses PAYMENT_METHOD_MISSING, or PAYMENT_METHOD_NOT_ACCEPTED for what this provider cannot be paid with: a card reaches nobody but the test provider. */
export function refuseOtherMethod(provider: string, payWith: PayWith): void {
  const wanted = wants[provider];
  if (wanted === undefined || payWith[wanted] !== undefined) return;
  if (payWith.card === undefined && payWith.paymentMethodId === undefined) throw new Refusal('PAYMENT_METHOD_MISSING', {});
  throw new Refusal('PAYMENT_METHOD_NOT_ACCEPTED', { provider });
}
