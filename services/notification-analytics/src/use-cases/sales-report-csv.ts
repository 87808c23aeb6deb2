import type { AnalyticsService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { reportCsv } from '../csv.ts';
import { reportable, reportFileName } from '../domain/sales-report.ts';
import { eventOfOrganisations } from '../persistence/event-facts.sql.ts';
import { daysOfSale } from '../persistence/sales.sql.ts';

/** The sales report as a file: one row per day and category. Refuses as the report does. */
export const salesReportCsv =
  ({ db }: { db: Database }): AnalyticsService['salesReportCsv'] =>
  async ({ eventId }, { actor }) => {
    const organisations = actor.memberships.map((membership) => membership.organisationId);
    const event = reportable(await eventOfOrganisations(db, eventId, organisations), actor);
    const { asOf, rows } = await daysOfSale(db, eventId, event.timeZone);
    return { fileName: reportFileName(event, asOf), csv: reportCsv(event, rows) };
  };
