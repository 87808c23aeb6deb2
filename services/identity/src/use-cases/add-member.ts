import { type IdentityService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { decideRole, mayJoin } from '../domain/organisation.ts';
import { accountByEmail, lockAccount } from '../persistence/accounts.ts';
import { countMemberships, lockOrganisation, membersOf, saveRole } from '../persistence/organisations.ts';

/**
 * Gives an account a role, or changes it; for owners. Refuses ORGANISATION_NOT_FOUND to strangers, ROLE_REQUIRED to other members and to
 * the last owner giving ownership away, ACCOUNT_NOT_FOUND for an address without an account or one that is in 20 organisations.
 */
export const addMember =
  ({ db, personalData }: Deps): IdentityService['addMember'] =>
  ({ organisationId, email, role }, { actor }) =>
    db.transaction(async (tx) => {
      if (!(await lockOrganisation(tx, organisationId, actor.userId))) throw new Refusal('ORGANISATION_NOT_FOUND', {});
      const target = await accountByEmail(tx, personalData.emailIndex(email));
      const members = await membersOf(tx, { organisationId, callerId: actor.userId, targetId: target?.userId });
      decideRole(members, role);
      if (!target) throw new Refusal('ACCOUNT_NOT_FOUND', {}); // after the caller's role: only owners may learn which addresses exist
      await lockAccount(tx, target.userId);
      if (!members.targetRole && !mayJoin(await countMemberships(tx, target.userId))) throw new Refusal('ACCOUNT_NOT_FOUND', {});
      await saveRole(tx, { organisationId, userId: target.userId, role });
      return { organisationId, userId: target.userId, role };
    });
