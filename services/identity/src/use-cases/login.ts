import { type IdentityService, Refusal } from '@boxoffice/contracts';
import type { Database } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { Deps } from '../deps.ts';
import { waitBeforeLogin } from '../domain/login-attempt.ts';
import { accountByEmail } from '../persistence/accounts.ts';
import {
  clearLoginAttempts,
  failLoginAttempt,
  insertLoginAttempt,
  lockLoginAttempts,
  withdrawLoginAttempt,
} from '../persistence/login-attempts.sql.ts';

/**
 * Starts a session. An unknown address takes as long, and is throttled, like a wrong password. Refuses INVALID_CREDENTIALS, RATE_LIMITED
 * after ten wrong passwords in 15 minutes, and OVERLOADED when too many passwords wait to be compared.
 */
export const login =
  ({ db, personalData, passwords, tokens }: Deps): IdentityService['login'] =>
  async ({ email, password }) => {
    const emailIndex = personalData.emailIndex(email);
    const attempt = await openAttempt(db, emailIndex);
    const account = await accountByEmail(db.em(), emailIndex);
    const right = await passwords.verify(password, account?.passwordHash).catch(async (error) => {
      await withdrawLoginAttempt(db, attempt);
      throw error;
    });
    if (!right || !account) {
      await failLoginAttempt(db, attempt);
      throw new Refusal('INVALID_CREDENTIALS', {});
    }
    return db.transaction(async (tx) => {
      await clearLoginAttempts(tx, emailIndex);
      return tokens.open(tx, { userId: account.userId, guest: false });
    });
  };

/** Counted before the password is compared, so that many guesses at once are many attempts. */
const openAttempt = (db: Database, emailIndex: Buffer): Promise<string> =>
  db.transaction(async (tx) => {
    const retryAfterSeconds = waitBeforeLogin(await lockLoginAttempts(tx, emailIndex));
    if (retryAfterSeconds !== undefined) throw new Refusal('RATE_LIMITED', { retryAfterSeconds });
    const id = newId();
    await insertLoginAttempt(tx, id, emailIndex);
    return id;
  });
