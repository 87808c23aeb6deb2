import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { idempotent } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { decideCreation, mayJoin } from '../domain/organisation.ts';
import { isFirstAccount, lockAccount } from '../persistence/accounts.ts';
import { countMemberships, insertOrganisation } from '../persistence/organisations.ts';

/** The caller becomes the owner of a new organisation. Refuses ORGANISATION_CREATION_CLOSED, also to who has 20 already; IDEMPOTENCY_KEY_REUSED. */
export const createOrganisation =
  ({ db, organisationCreation }: Deps): IdentityService['createOrganisation'] =>
  (input, { actor, idempotencyKey }) =>
    db.transaction((tx) =>
      idempotent(tx, { userId: actor.userId, procedure: 'identity.createOrganisation', key: idempotencyKey, input }, async () => {
        await lockAccount(tx, actor.userId);
        decideCreation(organisationCreation, await isFirstAccount(tx, actor.userId));
        if (!mayJoin(await countMemberships(tx, actor.userId))) throw new Refusal('ORGANISATION_CREATION_CLOSED', {});
        const organisationId = newId();
        await insertOrganisation(tx, { id: organisationId, name: input.name }, actor.userId);
        return { organisationId, name: input.name, role: 'owner' as const };
      }),
    );
