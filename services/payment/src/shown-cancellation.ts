import type { EventCancellation } from '@boxoffice/contracts';
import type { Database, Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { type CancellationRow, failuresOf, sumsOf } from './persistence/event-cancellations.sql.ts';

/** An event's cancellation as staff sees it now. */
export async function shownCancellation(db: Database | Tx, cancellation: CancellationRow): Promise<z.input<typeof EventCancellation>> {
  const { id: cancellationId, eventId, status, withFees, reason, requestedBy: startedBy, startedAt, doneAt, currency } = cancellation;
  const told = { cancellationId, eventId, status, withFees, reason, startedBy, startedAt, doneAt, currency };
  return { ...told, ...(await sumsOf(db, cancellationId)), failures: await failuresOf(db, cancellationId) };
}
