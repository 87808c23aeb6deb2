import type { Database } from '@boxoffice/postgres';
import type { EventPayments } from '../domain/event-payments.ts';
import { shortMemory } from '../short-memory.ts';
import { readEventPayments } from './event-payments.sql.ts';

/** Facts and settings of events for the minute that matters: read at most once per event and 2 s, whoever asks. */
export interface KnownEvents {
  of(eventId: string): Promise<EventPayments>;
  /** Somebody has just changed it here. */
  forget(eventId: string): void;
}

const freshMs = 2_000;

/** See KnownEvents. */
export function knownEvents(db: Database): KnownEvents {
  const known = shortMemory<EventPayments>(freshMs);
  return {
    of: (eventId) => known.of(eventId, () => readEventPayments(db, eventId)),
    forget: (eventId) => known.forget((key) => key === eventId),
  };
}
