import type { PaymentRefunded } from '@boxoffice/contracts';
import type { Heard } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { mailAboutRefund } from '../domain/notification.ts';
import { keepNotifications } from '../persistence/notifications.sql.ts';
import { keepRefunds } from '../persistence/sales.sql.ts';

/** Takes refunded seats out of the reports, also when their sale arrives later, and has the customers told, each once. */
export async function countRefunds(tx: Tx, refunds: readonly Heard<z.output<typeof PaymentRefunded.payload>>[]): Promise<void> {
  await keepRefunds(
    tx,
    refunds.filter(({ fact }) => fact.kind === 'seats'), // nothing else takes a seat back
  );
  await keepNotifications(
    tx,
    refunds.flatMap(({ fact }) => mailAboutRefund(fact) ?? []),
  );
}
