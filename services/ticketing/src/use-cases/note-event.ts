import { type EventChanged, TicketCancelled } from '@boxoffice/contracts';
import { outbox } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { cancelTicketsOfEvent } from '../persistence/cancel.sql.ts';
import { keepEventFacts } from '../persistence/event-facts.sql.ts';
import { lockToChange } from '../persistence/locks.sql.ts';

/** Rows held in memory at once; a full arena has 20,000. */
const batchSize = 500;
const beforeAllSeats = '00000000-0000-0000-0000-000000000000';

/** Remembers what is known of an event, if it is news; a cancelled event ends all its active tickets. */
export async function noteEvent(tx: Tx, event: z.output<typeof EventChanged.payload>): Promise<void> {
  await lockToChange(tx, event);
  const isNews = await keepEventFacts(tx, event);
  if (!isNews || event.status !== 'CANCELLED') return;
  for (let after: string | undefined = beforeAllSeats; after !== undefined; ) {
    const batch = await cancelTicketsOfEvent(tx, { eventId: event.eventId, after }, batchSize);
    for (const ticket of batch) await outbox(tx, TicketCancelled, { ...ticket, reason: 'event-cancelled' });
    after = batch.length === batchSize ? batch.at(-1)?.seatId : undefined;
  }
}
