import type { PaymentRefunded } from '@boxoffice/contracts';
import type { Heard } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { keepNotifications } from '../persistence/notifications.sql.ts';
import { keepRefunds } from '../persistence/sales.sql.ts';

/** Takes refunded seats out of the reports, also when their sale arrives later, and has the customers told. */
export async function countRefunds(tx: Tx, refunds: readonly Heard<z.output<typeof PaymentRefunded.payload>>[]): Promise<void> {
  await keepRefunds(tx, refunds);
  const toTell = refunds.map(({ fact: { userId, eventId, paymentId, refundId, amountMinor, currency } }) => {
    return { kind: 'payment-refunded' as const, userId, eventId, paymentId, causeId: refundId, facts: { amountMinor, currency } };
  });
  await keepNotifications(tx, toTell);
}
