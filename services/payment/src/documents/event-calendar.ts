import ical, { ICalEventStatus } from 'ical-generator';
import type { OrderEvent } from './order-document.ts';
import { startText } from './wording.ts';

/** An event in the calendar of somebody who bought it. `revision` grows with every change of the event; `at` is when the file is written. */
export type CalendarEvent = OrderEvent & { orderId: string; revision: number; at: Date };

/**
 * The event as an iCalendar file (RFC 5545) with one entry. Its UID is the same whenever the file is fetched again, so that a calendar replaces the entry,
 * and its SEQUENCE is the event's revision, which a cancellation raises.
 *
 * DTSTART is a UTC instant: every calendar shows it in its reader's zone, and no table of time zones, ours or the reader's, can move it. The time at the venue
 * stands in the description.
 * No DTEND: nobody has told us how long the event takes. RFC 5545 (3.6.1) then lets it end when it starts; calendars show their usual length.
 * No METHOD: it would make the file an invitation, which has to name an organiser's e-mail address (RFC 5546).
 */
export function eventCalendar({ orderId, eventId, name, venue, startsAt, timeZone, status, revision, at }: CalendarEvent): string {
  const calendar = ical({ prodId: { company: 'Box Office', product: 'Tickets', language: 'EN' } });
  calendar.createEvent({
    id: `${eventId}.${orderId}@boxoffice`,
    stamp: at,
    start: startsAt,
    sequence: revision,
    summary: name,
    location: venue,
    description: `${startText(startsAt, timeZone)} (${timeZone})`,
    status: status === 'CANCELLED' ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  return calendar.toString();
}
