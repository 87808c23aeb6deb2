import { type IdentityService, Refusal } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { contactOfUser } from '../persistence/accounts.ts';
import { membershipsOf } from '../persistence/organisations.ts';

/** Who the caller is, with memberships as they are now. Refuses SESSION_EXPIRED when the account is gone. */
export const me =
  ({ db, personalData }: Pick<Deps, 'db' | 'personalData'>): IdentityService['me'] =>
  async (_, { actor }) => {
    const em = db.em();
    const contact = await contactOfUser(em, personalData, actor.userId);
    if (!contact) throw new Refusal('SESSION_EXPIRED', {});
    return { ...contact, guest: actor.guest, memberships: await membershipsOf(em, actor.userId) };
  };
