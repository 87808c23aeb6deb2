import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import { membershipLimitReached } from '../denials.ts';
import type { Deps } from '../deps.ts';
import { decideRole, mayJoin } from '../domain/organisation.ts';
import { accountByEmail, lockAccount } from '../persistence/accounts.ts';
import { countMemberships, lockOrganisation, membersOf, saveRole } from '../persistence/organisations.ts';

/**
 * Gives an existing account a role, or changes it. Roles are read from the database, not from the caller's token.
 * Refuses ORGANISATION_NOT_FOUND to strangers, ROLE_REQUIRED to members who are not owners and to the last owner stepping down,
 * ACCOUNT_NOT_FOUND, and CONFLICT when the account is a member of 20 organisations.
 */
export const addMember =
  ({ db, personalData }: Pick<Deps, 'db' | 'personalData'>): IdentityService['addMember'] =>
  ({ organisationId, email, role }, { actor, traceparent }) =>
    db.transaction(async (tx) => {
      if (!(await lockOrganisation(tx, organisationId, actor.userId))) throw new Refusal('ORGANISATION_NOT_FOUND', {});
      const target = await accountByEmail(tx, personalData.emailIndex(email));
      const members = await membersOf(tx, { organisationId, callerId: actor.userId, targetId: target?.userId });
      decideRole(members, role);
      if (!target) throw new Refusal('ACCOUNT_NOT_FOUND', {}); // after the caller's role: who is not an owner learns nothing about addresses
      await lockAccount(tx, target.userId);
      if (!members.targetRole && !mayJoin(await countMemberships(tx, target.userId))) throw membershipLimitReached();
      const member = { organisationId, userId: target.userId, role };
      if (members.targetRole === role) return member;
      await saveRole(tx, member);
      const given = { organisationId, eventId: null, userId: actor.userId, subject: target.userId, reason: null, detail: role };
      await staffActed(tx, { ...given, action: 'identity.addMember' }, { traceparent });
      return member;
    });
