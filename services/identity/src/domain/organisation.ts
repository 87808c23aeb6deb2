import { Refusal, type Role } from '@boxoffice/contracts';

/** Who may create organisations here: only the first account of the installation, or every account. */
export const organisationCreationRules = ['first-account', 'anyone'] as const;
export type OrganisationCreation = (typeof organisationCreationRules)[number];

/** Access tokens carry every membership of a user, so their number is bounded. */
export const maxMemberships = 20;

/** May this account create an organisation? Refuses ORGANISATION_CREATION_CLOSED. */
export function decideCreation(rule: OrganisationCreation, isFirstAccount: boolean): void {
  if (rule === 'first-account' && !isFirstAccount) throw new Refusal('ORGANISATION_CREATION_CLOSED', {});
}

/** Is there room for one more membership? */
export const mayJoin = (memberships: number): boolean => memberships < maxMemberships;

/** The members that a change of roles is decided on; undefined: not a member. */
export type MembersOf = { callerRole: Role | undefined; targetRole: Role | undefined; owners: number };

/**
 * May the caller give the target this role? Refuses ORGANISATION_NOT_FOUND to strangers, ROLE_REQUIRED to members who are not owners,
 * and ROLE_REQUIRED to the last owner giving ownership away: an organisation always has an owner.
 */
export function decideRole({ callerRole, targetRole, owners }: MembersOf, role: Role): void {
  if (!callerRole) throw new Refusal('ORGANISATION_NOT_FOUND', {});
  if (callerRole !== 'owner') throw new Refusal('ROLE_REQUIRED', { role: 'owner' });
  if (targetRole === 'owner' && role !== 'owner' && owners <= 1) throw new Refusal('ROLE_REQUIRED', { role: 'owner' });
}
