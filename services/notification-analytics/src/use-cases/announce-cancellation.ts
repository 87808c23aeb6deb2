import type { CancellationSettled } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import { derivedId } from '@boxoffice/service-kit';
import type { z } from 'zod';
import { mailAboutCancellation } from '../domain/notification.ts';
import { keepNotifications } from '../persistence/notifications.sql.ts';

/** Has each customer of a cancelled event told once what became of all their orders. */
export async function announceCancellations(tx: Tx, settled: readonly { fact: z.output<typeof CancellationSettled.payload> }[]): Promise<void> {
  await keepNotifications(
    tx,
    settled.map(({ fact }) => mailAboutCancellation(fact, derivedId(fact.cancellationId, fact.userId))),
  );
}
