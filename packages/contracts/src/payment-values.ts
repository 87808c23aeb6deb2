import { z } from 'zod';
import { Id, Instant } from './values.ts';

export const PaymentStatus = z.enum(['PENDING', 'CONFIRMED', 'FAILED', 'CANCELLED', 'REFUNDED']);
export const PaymentRef = z.object({ paymentId: Id });
export const Payment = z.object({
  paymentId: Id,
  reservationId: Id,
  eventId: Id,
  status: PaymentStatus,
  amountMinor: z.number().int(),
  currency: z.string(),
  createdAt: Instant,
  /** Why it failed, for people; null otherwise. */
  failureReason: z.string().nullable(),
  /** A payment that is not decided yet says what it waits for. */
  waitingFor: z.enum(['customer', 'provider', 'booking']).nullable(),
  /** Until when the seats are kept for this payment. */
  payUntil: Instant,
  /** While the bank asks the customer something: the page to send the browser to; it comes back to the returnUrl. */
  actionUrl: z.url().nullable().default(null),
});
