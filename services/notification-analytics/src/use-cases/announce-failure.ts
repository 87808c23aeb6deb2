import type { PaymentFailed } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { mailAboutFailure } from '../domain/notification.ts';
import { keepNotification } from '../persistence/notifications.sql.ts';

/** Has the customer told about a failed payment, where no answer may have reached them. */
export async function announceFailure(tx: Tx, payment: z.output<typeof PaymentFailed.payload>): Promise<void> {
  const notification = mailAboutFailure(payment);
  if (notification) await keepNotification(tx, notification);
}
