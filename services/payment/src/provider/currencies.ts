import { stripeMoneyOf } from './stripe/currencies.ts';

/** Refuses CURRENCY_NOT_SUPPORTED for an amount this provider can never take. */
export function refuseCurrency(provider: string, money: { amountMinor: number; currency: string }): void {
  if (provider === 'stripe') stripeMoneyOf(money);
}
