import { z } from 'zod';

/** The id of anything here: a UUID, made by the application (version 7, or derived where an idempotency key decides it). */
export const Id = z.uuid();

/** A moment. Code may hand over a Date; wire and readers see ISO 8601 text in UTC. Reads its own output, so it survives being parsed twice. */
export const Instant = z.preprocess((value: Date | string) => (value instanceof Date ? value.toISOString() : value), z.iso.datetime());

const currencies = new Set(Intl.supportedValuesOf('currency'));
/** ISO 4217 code, upper case: 'EUR'. */
export const CurrencyCode = z.string().refine((code) => currencies.has(code), 'Use an ISO 4217 currency code, for example EUR.');

/** Minor units of a currency (cents): a whole number ≥ 0, at most what a 32-bit column holds. */
export const AmountMinor = z.number().int().min(0).max(2_147_483_647);

/** An amount of money. */
export const Money = z.object({ amountMinor: AmountMinor, currency: CurrencyCode });
export type Money = z.output<typeof Money>;

const formatOf = (currency: string) => new Intl.NumberFormat('en-GB', { style: 'currency', currency });
const digitsOf = (format: Intl.NumberFormat): number => format.resolvedOptions().maximumFractionDigits ?? 2;

/** How many digits of a currency our minor units stand for (ICU's): EUR 2, JPY and HUF 0, KWD 3. */
export const minorDigitsOf = (currency: string): number => digitsOf(formatOf(currency));

/** Writes amounts in minor units as people read them, in the currency's own digits: '€42.50', 'JP¥4,200', 'KWD 12.500'. */
export function moneyIn(currency: string): (amountMinor: number) => string {
  const format = formatOf(currency);
  const minorUnits = 10 ** digitsOf(format);
  return (amountMinor) => format.format(amountMinor / minorUnits);
}

/** IANA time zone name: 'Atlantic/Canary'. */
export const TimeZone = z
  .string()
  .max(60)
  .refine((zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  }, 'Use an IANA time zone name, for example Europe/Madrid.');

/** One line that people read: trimmed, not empty, no control characters, at most `max` UTF-16 units. */
export const Text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed.');

/** An e-mail address, compared without regard to case. */
export const EmailAddress = z.string().trim().toLowerCase().max(254).pipe(z.email());

/** 29 characters that nobody takes for another: no 0, 1, I, L, O, U, Z. A prime number of them, so that the check character sees every slip. */
export const referenceAlphabet = '23456789ABCDEFGHJKMNPQRSTVWXY';
/** Σ position × value, modulo 29. Right when it is 0: any one wrong character and any two that changed places make it something else. */
export const referenceSum = (reference: string): number =>
  [...reference].reduce((sum, character, at) => sum + (at + 1) * referenceAlphabet.indexOf(character), 0) % referenceAlphabet.length;
const isReference = (text: string) =>
  text.length === 8 && [...text].every((character) => referenceAlphabet.includes(character)) && referenceSum(text) === 0;

/** What a customer names when paying by hand: eight characters, the last of them a check. Read in any case, with blanks and dashes. */
export const PaymentReference = z
  .string()
  .max(20)
  .transform((text) => text.replace(/[\s-]/g, '').toUpperCase())
  .refine(isReference, 'This is no payment reference of ours: compare it with what the customer was told.');
