import { organisationsWhere, Refusal, type SalesReport, type User } from '@boxoffice/contracts';
import type { z } from 'zod';

/** What happened on one day (of the event's time zone) in one category: seats sold and not given back, their price, people who came in. */
export type DayOfCategory = { day: string; category: string; sold: number; revenueMinor: number; checkedIn: number };
/** The event a report is about. */
export type ReportedEvent = { eventId: string; name: string; currency: string; timeZone: string };

/** The event, if `reader` may read its reports. Refuses a stranger as if there were no event (EVENT_NOT_FOUND), and a colleague who is not a manager (ROLE_REQUIRED). */
export function reportable<E extends { organisationId: string }>(event: E | undefined, reader: User): E {
  if (!event || !reader.memberships.some((membership) => membership.organisationId === event.organisationId))
    throw new Refusal('EVENT_NOT_FOUND', {});
  if (!organisationsWhere(reader, 'manager').includes(event.organisationId)) throw new Refusal('ROLE_REQUIRED', { role: 'manager' });
  return event;
}

type Sums = { sold: number; revenueMinor: number; checkedIn: number };
const nothing: Sums = { sold: 0, revenueMinor: 0, checkedIn: 0 };
const plus = (sums: Sums, row: DayOfCategory): Sums => ({
  sold: sums.sold + row.sold,
  revenueMinor: sums.revenueMinor + row.revenueMinor,
  checkedIn: sums.checkedIn + row.checkedIn,
});

/** Sums by one property of the rows, in the order of its values. */
function sumsBy(rows: readonly DayOfCategory[], property: 'day' | 'category'): [string, Sums][] {
  const groups = new Map<string, Sums>();
  for (const row of rows) groups.set(row[property], plus(groups.get(row[property]) ?? nothing, row));
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The report of an event. Every number is a sum of the same rows, so total = Σ categories = Σ days. */
export function reportOf(event: ReportedEvent, rows: readonly DayOfCategory[], asOf: Date): z.input<typeof SalesReport> {
  return {
    eventId: event.eventId,
    eventName: event.name,
    currency: event.currency,
    timeZone: event.timeZone,
    asOf,
    total: rows.reduce(plus, nothing),
    byCategory: sumsBy(rows, 'category').map(([category, sums]) => ({ category, ...sums })),
    byDay: sumsBy(rows, 'day')
      .filter(([, sums]) => sums.sold > 0) // a day on which people only came in is no day of the sale
      .map(([day, { sold, revenueMinor }]) => ({ day, sold, revenueMinor })),
  };
}

/** 'sales-cafe-de-flore-2026-11-22.csv': letters and digits only, so that the name is safe in a header and on every disk. */
export function reportFileName(event: ReportedEvent, asOf: Date): string {
  const slug = event.name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `sales-${slug || event.eventId}-${asOf.toISOString().slice(0, 10)}.csv`;
}
