import { minorDigitsOf, Refusal } from '@boxoffice/contracts';

// https://docs.stripe.com/currencies: what an account can charge in, and what its "smallest unit" is.
const supported = new Set(
  `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR
   FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
   MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP
   TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW`.split(/\s+/),
);
const zeroDecimal = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const threeDecimal = new Set('BHD JOD KWD OMR TND'.split(' '));
/** Written with two decimals that must be 00, though nobody pays with them. */
const wholeOnly = new Set(['ISK', 'UGX']);
/** Digits of the largest amount, where it is not eight. */
const maxDigits: Record<string, number> = { INR: 9, COP: 10, HUF: 10, JPY: 10, IDR: 12, LBP: 12 };

const stripeDigitsOf = (currency: string) => (zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2);

/** How many digits Stripe has more than we, or fewer. */
const shiftOf = (currency: string) => stripeDigitsOf(currency) - minorDigitsOf(currency);

/** Our amount in Stripe's smallest units; undefined when Stripe cannot take it exactly. */
export function stripeAmountOf({ amountMinor, currency }: { amountMinor: number; currency: string }): number | undefined {
  if (!supported.has(currency)) return undefined;
  const shift = shiftOf(currency);
  const amount = shift >= 0 ? amountMinor * 10 ** shift : amountMinor / 10 ** -shift;
  const step = threeDecimal.has(currency) ? 10 : wholeOnly.has(currency) ? 100 : 1;
  return Number.isInteger(amount) && amount % step === 0 && amount < 10 ** (maxDigits[currency] ?? 8) ? amount : undefined;
}

/** The amount and currency as Stripe wants them. Refuses CURRENCY_NOT_SUPPORTED. */
export function stripeMoneyOf(money: { amountMinor: number; currency: string }): { amount: number; currency: string } {
  const amount = stripeAmountOf(money);
  if (amount === undefined) throw new Refusal('CURRENCY_NOT_SUPPORTED', { provider: 'stripe', currency: money.currency });
  return { amount, currency: money.currency.toLowerCase() };
}

/** An amount of Stripe's in our minor units: of a currency that we can be paid in. */
export function moneyOfStripe(amount: number, theirs: string): { amountMinor: number; currency: string } {
  const currency = theirs.toUpperCase();
  const shift = shiftOf(currency);
  return { amountMinor: shift >= 0 ? amount / 10 ** shift : amount * 10 ** -shift, currency };
}
