import { type EventChanged, TicketCancelled } from '@boxoffice/contracts';
import { outboxAll, saying } from '@boxoffice/messaging';
import type { Tx } from '@boxoffice/postgres';
import type { z } from 'zod';
import { cancelTicketsOfEvent } from '../persistence/cancel.sql.ts';
import { keepEventFacts } from '../persistence/event-facts.sql.ts';
import { lockToChange } from '../persistence/locks.sql.ts';

/** Rows held in memory at once; a full arena has 20,000. */
const batchSize = 500;
const beforeAllSeats = '00000000-0000-0000-0000-000000000000';

type Event = z.output<typeof EventChanged.payload>;

/** Remembers what is known of events, where it is news; a cancelled event ends all its active tickets. */
export async function noteEvents(tx: Tx, changed: readonly { fact: Event }[]): Promise<void> {
  const events = changed.map(({ fact }) => fact);
  await lockToChange(tx, events);
  for (const event of events) await noteEvent(tx, event);
}

async function noteEvent(tx: Tx, event: Event): Promise<void> {
  const isNews = await keepEventFacts(tx, event);
  if (!isNews || event.status !== 'CANCELLED') return;
  for (let after: string | undefined = beforeAllSeats; after !== undefined; ) {
    const batch = await cancelTicketsOfEvent(tx, { eventId: event.eventId, after }, batchSize);
    await outboxAll(
      tx,
      batch.map((ticket) => saying(TicketCancelled, { ...ticket, reason: 'event-cancelled' })),
    );
    after = batch.length === batchSize ? batch.at(-1)?.seatId : undefined;
  }
}
