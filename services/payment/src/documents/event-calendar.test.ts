import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { type CalendarEvent, eventCalendar } from './event-calendar.ts';

const concert: CalendarEvent = {
  orderId: '0190b6b2-7c1e-7aaa-8bbb-0123456789ab',
  eventId: '0190b6b2-7c1e-7aaa-8bbb-00000000e000',
  name: 'La Bohème',
  venue: 'Auditorio Alfredo Kraus',
  startsAt: new Date('2026-12-12T20:30:00Z'),
  timeZone: 'Atlantic/Canary',
  status: 'PUBLISHED',
  revision: 2,
  at: new Date('2026-11-26T09:00:00Z'),
};
/** Read by other code than what wrote it: the one entry of a calendar file. */
function entryOf(file: string) {
  const calendar = new ICAL.Component(ICAL.parse(file));
  const [entry, ...more] = calendar.getAllSubcomponents('vevent');
  if (!entry || more.length > 0) throw new Error('A calendar with one entry was expected.');
  return { calendar, entry, event: new ICAL.Event(entry) };
}
const clockIn = (timeZone: string, at: Date): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' }).format(at);

describe('the calendar entry', () => {
  // Europe leaves summer time on 25 October 2026 at 01:00 UTC, New York on 1 November at 06:00 UTC; in spring New York is first, on 8 March. Nepal never changes.
  it.each([
    ['in winter', '2026-12-12T20:30:00Z', '20:30', '2026-12-12 15:30', '2026-12-13 02:15'],
    ['in summer', '2026-07-12T19:30:00Z', '20:30', '2026-07-12 15:30', '2026-07-13 01:15'],
    ['between the two changes of autumn', '2026-10-27T20:30:00Z', '20:30', '2026-10-27 16:30', '2026-10-28 02:15'],
    ['between the two changes of spring', '2026-03-20T20:30:00Z', '20:30', '2026-03-20 16:30', '2026-03-21 02:15'],
    ['in the first 01:30 of the night that has two', '2026-10-25T00:30:00Z', '01:30', '2026-10-24 20:30', '2026-10-25 06:15'],
    ['in the second 01:30 of the night that has two', '2026-10-25T01:30:00Z', '01:30', '2026-10-24 21:30', '2026-10-25 07:15'],
  ])('of an event in Canary %s is the same moment in New York and Kathmandu', (_, startsAt, local, newYork, kathmandu) => {
    const { event, entry } = entryOf(eventCalendar({ ...concert, startsAt: new Date(startsAt) }));
    const at = event.startDate.toJSDate();
    expect(at).toEqual(new Date(startsAt));
    expect([clockIn('America/New_York', at), clockIn('Asia/Kathmandu', at)]).toEqual([newYork, kathmandu]);
    expect(clockIn('Atlantic/Canary', at)).toContain(local);
    expect(entry.getFirstPropertyValue('description')).toContain(`, ${local} WE`);
  });

  it('names event, venue and the time there, was written when it says, and has no end', () => {
    const { calendar, entry, event } = entryOf(eventCalendar(concert));
    expect([event.summary, event.location]).toEqual(['La Bohème', 'Auditorio Alfredo Kraus']);
    expect(event.description).toBe('Saturday, 12 December 2026, 20:30 WET (Atlantic/Canary)');
    expect(entry.getFirstPropertyValue('dtstamp')?.toString()).toBe('2026-11-26T09:00:00Z');
    expect(entry.getFirstPropertyValue('status')).toBe('CONFIRMED');
    expect(entry.getFirstProperty('dtend')).toBeNull();
    expect([calendar.getFirstPropertyValue('version'), calendar.getFirstProperty('method')]).toEqual(['2.0', null]);
  });

  it('of an event that was moved or cancelled since replaces the one of before', () => {
    const before = entryOf(eventCalendar(concert)).event;
    const later = new Date('2026-11-27T09:00:00Z');
    const moved = entryOf(eventCalendar({ ...concert, startsAt: new Date('2026-12-13T20:30:00Z'), revision: 3, at: later })).event;
    const { entry, event: cancelled } = entryOf(eventCalendar({ ...concert, status: 'CANCELLED', revision: 4, at: later }));
    expect([moved.uid, cancelled.uid]).toEqual([before.uid, before.uid]);
    expect([before.sequence, moved.sequence, cancelled.sequence]).toEqual([2, 3, 4]);
    expect(entry.getFirstPropertyValue('status')).toBe('CANCELLED');
  });

  it('of another order or another event is another one', () => {
    const uids = [concert, { ...concert, orderId: concert.eventId }, { ...concert, eventId: concert.orderId }].map(
      (event) => entryOf(eventCalendar(event)).event.uid,
    );
    expect(new Set(uids).size).toBe(3);
  });

  it('survives names with commas, semicolons, backslashes, quotes and 200 characters of any script, in lines of at most 75 bytes', () => {
    const name = 'Jazz; "Blues", \\n & Söhne: 東京 🎉 '.repeat(7).slice(0, 200).trim();
    const file = eventCalendar({ ...concert, name, venue: `${name},;` });
    const { event } = entryOf(file);
    expect([event.summary, event.location]).toEqual([name, `${name},;`]);
    for (const line of file.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(file.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('cannot be given lines of its own by a name', () => {
    const { calendar, event } = entryOf(eventCalendar({ ...concert, name: 'Jazz\r\nEND:VEVENT\nATTENDEE:mailto:x@example.org\rX:Y' }));
    expect(event.attendees).toEqual([]);
    expect(calendar.getAllSubcomponents().length).toBe(1);
    expect(event.summary).toContain('Jazz');
  });
});
