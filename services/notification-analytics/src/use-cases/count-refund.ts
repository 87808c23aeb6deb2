import type { Envelope, PaymentRefunded } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepNotification } from '../persistence/notifications.sql.ts';
import { keepRefund } from '../persistence/sales.sql.ts';

/** Takes refunded seats out of the reports, also when their sale arrives later, and has the customer told. */
export async function countRefund(tx: Tx, refund: z.output<typeof PaymentRefunded.payload>, envelope: Envelope): Promise<void> {
  await keepRefund(tx, refund, envelope.occurredAt);
  const { userId, eventId, paymentId, refundId, amountMinor, currency } = refund;
  await keepNotification(tx, { kind: 'payment-refunded', userId, eventId, paymentId, causeId: refundId, facts: { amountMinor, currency } });
}
