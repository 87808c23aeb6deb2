import { expect, it } from 'vitest';
import { moneyOfStripe, stripeAmountOf, stripeMoneyOf } from './currencies.ts';

it.each([
  ['EUR', 1050, 1050],
  ['JPY', 500, 500],
  ['KRW', 12_000, 12_000],
  ['HUF', 10_000, 1_000_000], // forints are whole, their charges are not
  ['TWD', 800, 800],
  ['ISK', 1_500, 150_000], // no decimals for people, two of them (00) for Stripe
  ['UGX', 5_000, 500_000],
  ['MGA', 5_000, 5_000],
  ['KWD', 1_230, 1_230],
  ['BHD', 10, 10],
  ['EUR', 0, 0],
])('%s %i is %i to Stripe', (currency, amountMinor, amount) => {
  expect(stripeAmountOf({ currency, amountMinor })).toBe(amount);
});

it.each([
  ['XAU', 100, 'is no currency to pay with'],
  ['IQD', 1_000, 'is not taken'],
  ['KWD', 1_234, 'has a last digit that Stripe rounds away'],
  ['EUR', 100_000_000, 'has more than eight digits'],
])('%s %i %s: refused, with its name', (currency, amountMinor) => {
  expect(stripeAmountOf({ currency, amountMinor })).toBeUndefined();
  expect(() => stripeMoneyOf({ currency, amountMinor })).toThrow(
    expect.objectContaining({ refusal: { code: 'CURRENCY_NOT_SUPPORTED', details: { provider: 'stripe', currency } } }),
  );
});

it('every currency of the platform is either exact or refused, never rounded', () => {
  for (const currency of Intl.supportedValuesOf('currency'))
    for (const amountMinor of [0, 1, 9, 10, 99, 100, 12_345]) {
      const amount = stripeAmountOf({ currency, amountMinor });
      if (amount === undefined) continue;
      expect(Number.isSafeInteger(amount), `${currency} ${amountMinor}`).toBe(true);
      expect(moneyOfStripe(amount, currency.toLowerCase()), 'and back').toEqual({ amountMinor, currency });
    }
});

/** What the platform's minor units stand for is told by ICU: mails divide by it, and so does this. A Node whose ICU tells something else must not pass unseen. */
it('one minor unit is worth what it always was', () => {
  const digits = Map.groupBy(
    Intl.supportedValuesOf('currency').filter((code) => stripeAmountOf({ currency: code, amountMinor: 0 }) === 0),
    (currency) => String(new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits),
  );
  expect(digits.get('0')?.join(' ')).toBe(
    'AFN ALL BIF CLP COP DJF GNF HUF IDR ISK JPY KMF KRW LAK LBP MGA MMK PKR PYG RWF SOS UGX VND VUV XAF XOF XPF YER',
  );
  expect(digits.get('3')?.join(' ')).toBe('BHD JOD KWD OMR TND');
  expect([...digits.keys()].sort()).toEqual(['0', '2', '3']);
});
