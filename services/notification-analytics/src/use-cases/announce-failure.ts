import type { PaymentFailed } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { isCancelledEvent, mailAboutFailure } from '../domain/notification.ts';
import { keepNotifications } from '../persistence/notifications.sql.ts';
import { holdersOfSeats } from '../persistence/orders.sql.ts';

type Failed = z.output<typeof PaymentFailed.payload>;

/** Has the customers told about failed payments, where no answer may have reached them. Who has paid seats of the cancelled event, too, is told of all at once. */
export async function announceFailures(tx: Tx, failed: readonly { fact: Failed }[]): Promise<void> {
  const ofCancelled = failed.filter(({ fact }) => isCancelledEvent(fact)).map(({ fact }) => fact);
  const holders = ofCancelled.length > 0 ? await holdersOfSeats(tx, ofCancelled) : new Set<string>();
  const isToldLater = (fact: Failed) => isCancelledEvent(fact) && holders.has(`${fact.userId} ${fact.eventId}`);
  await keepNotifications(
    tx,
    failed.flatMap(({ fact }) => (isToldLater(fact) ? [] : (mailAboutFailure(fact) ?? []))),
  );
}
