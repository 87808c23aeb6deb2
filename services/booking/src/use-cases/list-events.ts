import type { BookingService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { eventOf } from '../domain/event.ts';
import { pageOfEvents } from '../persistence/events.ts';

/** Published events, newest first. */
export const listEvents =
  ({ db, holdTtlMs }: Deps): BookingService['listEvents'] =>
  async (page) => {
    const { events, next } = await pageOfEvents(db, { status: 'PUBLISHED' }, page);
    return { events: events.map((event) => eventOf(event, holdTtlMs)), next };
  };
