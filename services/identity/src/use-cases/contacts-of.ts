import type { IdentityService } from '@boxoffice/contracts';
import { onlyFrom } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { contactsOfUsers } from '../persistence/accounts.ts';

/** Where to write to some users; who has no account is left out. Refuses FORBIDDEN to every service but notification-analytics. */
export const contactsOf =
  ({ db, personalData }: Pick<Deps, 'db' | 'personalData'>): IdentityService['contactsOf'] =>
  async ({ userIds }, caller) => {
    onlyFrom(caller, 'notification-analytics');
    return { contacts: await contactsOfUsers(db.em(), personalData, userIds) };
  };
