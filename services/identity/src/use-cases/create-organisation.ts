import type { IdentityService } from '@boxoffice/contracts';
import { staffActed } from '@boxoffice/messaging';
import { idempotent } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import { membershipLimitReached } from '../denials.ts';
import type { Deps } from '../deps.ts';
import { decideCreation, mayJoin } from '../domain/organisation.ts';
import { isFirstAccount, lockAccount } from '../persistence/accounts.ts';
import { countMemberships, insertOrganisation } from '../persistence/organisations.ts';

/** Creates an organisation whose owner is the caller. Refuses ORGANISATION_CREATION_CLOSED, and CONFLICT to a member of 20 organisations. */
export const createOrganisation =
  ({ db, organisationCreation }: Pick<Deps, 'db' | 'organisationCreation'>): IdentityService['createOrganisation'] =>
  (input, { actor, idempotencyKey, traceparent }) =>
    db.transaction((tx) =>
      idempotent(tx, { userId: actor.userId, procedure: 'identity.createOrganisation', key: idempotencyKey, input }, async () => {
        decideCreation(organisationCreation, await isFirstAccount(tx, actor.userId));
        await lockAccount(tx, actor.userId);
        if (!mayJoin(await countMemberships(tx, actor.userId))) throw membershipLimitReached();
        const organisation = { id: newId(), name: input.name };
        await insertOrganisation(tx, organisation, actor.userId);
        const created = { organisationId: organisation.id, eventId: null, userId: actor.userId, subject: organisation.id, reason: null };
        await staffActed(tx, { ...created, action: 'identity.createOrganisation' }, { traceparent });
        return { organisationId: organisation.id, name: organisation.name, role: 'owner' as const };
      }),
    );
