import { type AnalyticsService, organisationsWhere, Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { pageOfActs } from '../persistence/audit-log.sql.ts';

/** What an organisation's staff did, newest first. Refuses strangers (ORGANISATION_NOT_FOUND) and members who are not managers (ROLE_REQUIRED). */
export const auditLog =
  ({ db }: { db: Database }): AnalyticsService['auditLog'] =>
  async (input, { actor }) => {
    const organisationId = input.organisationId.toLowerCase();
    if (!actor.memberships.some((membership) => membership.organisationId === organisationId)) throw new Refusal('ORGANISATION_NOT_FOUND', {});
    if (!organisationsWhere(actor, 'manager').includes(organisationId)) throw new Refusal('ROLE_REQUIRED', { role: 'manager' });
    const rows = await pageOfActs(db, { ...input, organisationId, limit: input.limit + 1 });
    const entries = rows.slice(0, input.limit);
    return { entries, next: rows.length > input.limit ? (entries.at(-1)?.entryId ?? null) : null };
  };
