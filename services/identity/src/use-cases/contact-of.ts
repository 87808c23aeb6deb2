import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { onlyFrom } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { contactOfUser } from '../persistence/accounts.ts';

/** Where to write to a user. Refuses FORBIDDEN to every service but notification-analytics, and ACCOUNT_NOT_FOUND. */
export const contactOf =
  ({ db, personalData }: Pick<Deps, 'db' | 'personalData'>): IdentityService['contactOf'] =>
  async ({ userId }, caller) => {
    onlyFrom(caller, 'notification-analytics');
    const contact = await contactOfUser(db.em(), personalData, userId);
    if (!contact) throw new Refusal('ACCOUNT_NOT_FOUND', {});
    return contact;
  };
