import type { AnalyticsService } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { reportable, reportOf } from '../domain/sales-report.ts';
import { eventOfOrganisations } from '../persistence/event-facts.sql.ts';
import { daysOfSale } from '../persistence/sales.sql.ts';

/** Sold, revenue and check-ins of an event, for its managers. Refuses strangers (EVENT_NOT_FOUND) and other roles (ROLE_REQUIRED). */
export const salesReport =
  ({ db }: { db: Database }): AnalyticsService['salesReport'] =>
  async ({ eventId }, { actor }) => {
    const organisations = actor.memberships.map((membership) => membership.organisationId);
    const event = reportable(await eventOfOrganisations(db, eventId, organisations), actor);
    const { asOf, rows } = await daysOfSale(db, eventId, event.timeZone);
    return reportOf(event, rows, asOf);
  };
