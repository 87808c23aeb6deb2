import type { Database } from '@boxoffice/postgres';
import type { EventPayments } from '../domain/event-payments.ts';
import { readEventPayments } from './event-payments.sql.ts';

/** Facts and settings of events for the minute that matters: read at most once per event and 2 s, whoever asks. */
export interface KnownEvents {
  of(eventId: string): Promise<EventPayments>;
  /** Somebody has just changed it here. */
  forget(eventId: string): void;
}

const freshMs = 2_000;
/** Events on sale at one moment in one installation; with more of them the oldest are read again. */
const most = 1_000;

/** See KnownEvents. A read that fails is not remembered. */
export function knownEvents(db: Database): KnownEvents {
  const known = new Map<string, { until: number; event: Promise<EventPayments> }>();
  const read = (eventId: string) => {
    const event = readEventPayments(db, eventId);
    known.delete(eventId); // last in the order of insertion again
    known.set(eventId, { until: performance.now() + freshMs, event });
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
    event.catch(() => known.get(eventId)?.event === event && known.delete(eventId));
    return event;
  };
  return {
    of: (eventId) => {
      const found = known.get(eventId);
      return found && performance.now() < found.until ? found.event : read(eventId);
    },
    forget: (eventId) => void known.delete(eventId),
  };
}
