import { z } from 'zod';
import { Id, Instant } from './values.ts';

export const PaymentStatus = z.enum(['PENDING', 'CONFIRMED', 'FAILED', 'CANCELLED', 'REFUNDED']);
export const PaymentRef = z.object({ paymentId: Id });
/** How people pay: with what a provider takes now, by a transfer within days, or at the venue. */
export const PaymentMethod = z.enum(['online', 'bank-transfer', 'at-door']);
export type PaymentMethod = z.output<typeof PaymentMethod>;

// Answers got `method`, `feeMinor` and `reference` later than their other fields: `default` reads them from a service of an older release, too.
export const Payment = z.object({
  paymentId: Id,
  reservationId: Id,
  eventId: Id,
  status: PaymentStatus,
  method: PaymentMethod.default('online'),
  /** Prices of the seats and `feeMinor`. */
  amountMinor: z.number().int(),
  /** Of `amountMinor`: service fees. */
  feeMinor: z.number().int().default(0),
  currency: z.string(),
  createdAt: Instant,
  /** Why it failed, for people; null otherwise. */
  failureReason: z.string().nullable(),
  /** A payment that is not decided yet says what it waits for; staff: for the money, which staff will see. */
  waitingFor: z.enum(['customer', 'provider', 'booking', 'staff']).nullable(),
  /** Until when the seats are kept for this payment. */
  payUntil: Instant,
  /** What a customer who pays by hand names when paying; null where nobody needs it. */
  reference: z.string().nullable().default(null),
  /** While the bank asks the customer something: the page to send the browser to; it comes back to the returnUrl. */
  actionUrl: z.url().nullable().default(null),
});
