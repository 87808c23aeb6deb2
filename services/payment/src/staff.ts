import { organisationsWhere, Refusal, type Role, type User } from '@boxoffice/contracts';

/** The organisations this user works for, in whatever role. */
export const organisationsOf = (user: User): string[] => user.memberships.map(({ organisationId }) => organisationId);

/** May this member do what `role` does there? Refuses ROLE_REQUIRED. Whoever is no member never gets here: for him the thing does not exist. */
export function requireRole(user: User, organisationId: string, role: Role): void {
  if (!organisationsWhere(user, role).includes(organisationId)) throw new Refusal('ROLE_REQUIRED', { role });
}
