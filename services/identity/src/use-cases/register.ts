import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { isUniqueViolation } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { emailIsUnique, insertUser, rememberFirstAccount } from '../persistence/accounts.ts';

/** Creates an account and its first session. Refuses EMAIL_ALREADY_REGISTERED, also for another spelling of the address, and OVERLOADED. */
export const register =
  ({ db, personalData, passwords, sessions }: Pick<Deps, 'db' | 'personalData' | 'passwords' | 'sessions'>): IdentityService['register'] =>
  async ({ email, name, password }) => {
    const passwordHash = await passwords.hash(password); // before the transaction: it takes a quarter of a second
    const userId = newId();
    const granted = await db
      .transaction(async (tx) => {
        await insertUser(tx, personalData, { userId, email, name, passwordHash });
        await rememberFirstAccount(tx, userId);
        return sessions.open(tx, { userId, guest: false });
      })
      .catch((error: unknown) => {
        throw isUniqueViolation(error, emailIsUnique) ? new Refusal('EMAIL_ALREADY_REGISTERED', {}) : error;
      });
    return sessions.answer(granted);
  };
