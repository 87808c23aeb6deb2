import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { isUniqueViolation } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { emailIsUnique, insertUser, rememberFirstAccount } from '../persistence/accounts.ts';

/** Creates an account and its first session. Refuses EMAIL_ALREADY_REGISTERED, and OVERLOADED when too many passwords wait to be hashed. */
export const register =
  ({ db, personalData, passwords, tokens }: Deps): IdentityService['register'] =>
  async ({ email, password, name }) => {
    const passwordHash = await passwords.hash(password);
    const userId = newId();
    try {
      return await db.transaction(async (tx) => {
        await insertUser(tx, personalData, { userId, email, name, passwordHash });
        await rememberFirstAccount(tx, userId);
        return tokens.open(tx, { userId, guest: false });
      });
    } catch (error) {
      if (isUniqueViolation(error, emailIsUnique)) throw new Refusal('EMAIL_ALREADY_REGISTERED', {});
      throw error;
    }
  };
