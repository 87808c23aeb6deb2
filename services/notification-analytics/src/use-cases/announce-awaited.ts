import type { PaymentAwaited } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { mailAboutAwaited } from '../domain/notification.ts';
import { keepNotifications } from '../persistence/notifications.sql.ts';

/** Has customers told how to pay what they pay by hand, and until when. */
export async function announceAwaited(tx: Tx, awaited: readonly { fact: z.output<typeof PaymentAwaited.payload> }[]): Promise<void> {
  await keepNotifications(
    tx,
    awaited.map(({ fact }) => mailAboutAwaited(fact)),
  );
}
