import { csvOf } from '@boxoffice/service-kit';
import type { DayOfCategory, ReportedEvent } from './domain/sales-report.ts';

const columns = ['event', 'day', 'category', 'sold', 'revenue_minor', 'currency', 'checked_in'];

/** The sales report as a file: one row per day and category. */
export const reportCsv = (event: ReportedEvent, rows: readonly DayOfCategory[]): string =>
  csvOf(
    columns,
    rows.map((row) => [event.name, row.day, row.category, row.sold, row.revenueMinor, event.currency, row.checkedIn]),
  );
