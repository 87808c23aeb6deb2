import { organisationsWhere, Refusal, type Role, type User } from '@boxoffice/contracts';

/** Every organisation a user works for, in any role. */
export const organisationsOf = (user: User): string[] => user.memberships.map(({ organisationId }) => organisationId);

/** An organisation for staff in this role. Refuses ORGANISATION_NOT_FOUND to strangers, ROLE_REQUIRED. */
export function requireOrganisation(user: User, organisationId: string, role: Role): void {
  if (!organisationsOf(user).includes(organisationId)) throw new Refusal('ORGANISATION_NOT_FOUND', {});
  requireRole(user, organisationId, role);
}

/** For what a statement has found within `organisationsOf`. Refuses ROLE_REQUIRED. */
export function requireRole(user: User, organisationId: string, role: Role): void {
  if (!organisationsWhere(user, role).includes(organisationId)) throw new Refusal('ROLE_REQUIRED', { role });
}
