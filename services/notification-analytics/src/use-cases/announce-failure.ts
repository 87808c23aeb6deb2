import type { PaymentFailed } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { mailAboutFailure } from '../domain/notification.ts';
import { keepNotifications } from '../persistence/notifications.sql.ts';

/** Has the customers told about failed payments, where no answer may have reached them. */
export async function announceFailures(tx: Tx, failed: readonly { fact: z.output<typeof PaymentFailed.payload> }[]): Promise<void> {
  await keepNotifications(
    tx,
    failed.flatMap(({ fact }) => mailAboutFailure(fact) ?? []),
  );
}
