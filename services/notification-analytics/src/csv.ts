import { stringify } from 'csv-stringify/sync';
import type { DayOfCategory, ReportedEvent } from './domain/sales-report.ts';

const columns = ['event', 'day', 'category', 'sold', 'revenue_minor', 'currency', 'checked_in'];

/**
 * RFC 4180: a header, one row per day and category, CRLF, no byte order mark.
 * Event and category names come from people, and a spreadsheet runs text that begins with = + - @ as a formula: such text gets an apostrophe in front (OWASP, CSV injection).
 */
export const csvOf = (event: ReportedEvent, rows: readonly DayOfCategory[]): string =>
  stringify(
    rows.map((row) => [event.name, row.day, row.category, row.sold, row.revenueMinor, event.currency, row.checkedIn]),
    { header: true, columns, record_delimiter: 'windows', quoted_match: /[\r\n]/, escape_formulas: true },
  );
