import type { IdentityService } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { insertUser } from '../persistence/accounts.ts';

/** A session for an e-mail address, without a password. Always a new user: an address proves nothing, so it opens nothing of before. */
export const continueAsGuest =
  ({ db, personalData, tokens }: Deps): IdentityService['continueAsGuest'] =>
  ({ email }) =>
    db.transaction(async (tx) => {
      const userId = newId();
      await insertUser(tx, personalData, { userId, email, name: null, passwordHash: null });
      return tokens.open(tx, { userId, guest: true });
    });
