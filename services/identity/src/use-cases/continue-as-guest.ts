import type { IdentityService } from '@boxoffice/contracts';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { insertUser } from '../persistence/accounts.ts';

/** A session for an address without a password. Always a new user: who types an address proves nothing about it. */
export const continueAsGuest =
  ({ db, personalData, sessions }: Pick<Deps, 'db' | 'personalData' | 'sessions'>): IdentityService['continueAsGuest'] =>
  async ({ email }) => {
    const userId = newId();
    const granted = await db.transaction(async (tx) => {
      await insertUser(tx, personalData, { userId, email, name: null, passwordHash: null });
      return sessions.open(tx, { userId, guest: true });
    });
    return sessions.answer(granted);
  };
