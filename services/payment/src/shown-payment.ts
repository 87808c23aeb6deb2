import type { Payment } from '@boxoffice/contracts';
import type { z } from 'zod';
import { waitingFor, wordsFor } from './domain/payment.ts';
import type { Transaction } from './persistence/transaction.ts';

/** A payment as its customer sees it. */
export const shown = (payment: Transaction): z.input<typeof Payment> => ({
  paymentId: payment.id,
  reservationId: payment.reservationId,
  eventId: payment.eventId,
  status: payment.status,
  method: payment.method,
  amountMinor: payment.amountMinor,
  feeMinor: payment.feeMinor,
  currency: payment.currency,
  createdAt: payment.createdAt,
  failureReason: payment.status === 'FAILED' && payment.failureReason ? wordsFor(payment.failureReason) : null,
  waitingFor: payment.actionUrl === null ? waitingFor(payment.step) : 'customer',
  payUntil: payment.payUntil,
  actionUrl: payment.actionUrl,
  reference: payment.reference,
});
