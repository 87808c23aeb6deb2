import type { IdentityService } from '@boxoffice/contracts';
import type { Deps } from '../deps.ts';
import { contactOfUser } from '../persistence/accounts.ts';
import { membershipsOf } from '../persistence/organisations.ts';

/** Who the caller is, and what they may do now (the token may be older). */
export const me =
  ({ db, personalData }: Deps): IdentityService['me'] =>
  async (_input, { actor }) => {
    const em = db.em();
    const contact = await contactOfUser(em, personalData, actor.userId);
    if (!contact) throw new Error(`user ${actor.userId} has a valid token and no account`);
    return { ...contact, guest: actor.guest, memberships: await membershipsOf(em, actor.userId) };
  };
