import { type IdentityService, Refusal } from '@boxoffice/contracts';
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
 * Starts a session. Refuses INVALID_CREDENTIALS, RATE_LIMITED after ten wrong passwords for an address within 15 minutes, and OVERLOADED.
 * An address without an account takes every step, and the time, of one with an account.
 */
export const login =
  (deps: Pick<Deps, 'db' | 'personalData' | 'passwords' | 'sessions'>): IdentityService['login'] =>
  async ({ email, password }) => {
    const { db, personalData, passwords, sessions } = deps;
    const emailIndex = personalData.emailIndex(email);
    const attemptId = await admit(deps, emailIndex);
    const account = await accountByEmail(db.em(), emailIndex);
    const right = await passwords.verify(password, account?.passwordHash).catch(async (error: unknown) => {
      await withdrawLoginAttempt(db, attemptId); // overloaded: nothing was compared
      throw error;
    });
    if (!account || !right) {
      await failLoginAttempt(db, attemptId);
      throw new Refusal('INVALID_CREDENTIALS', {});
    }
    const granted = await db.transaction(async (tx) => {
      await clearLoginAttempts(tx, emailIndex);
      return sessions.open(tx, { userId: account.userId, guest: false });
    });
    return sessions.answer(granted);
  };

/** Counts the attempt before its password is looked at, so that parallel guesses do not outrun the count. */
const admit = ({ db }: Pick<Deps, 'db'>, emailIndex: Buffer): Promise<string> =>
  db.transaction(async (tx) => {
    const retryAfterSeconds = waitBeforeLogin(await lockLoginAttempts(tx, emailIndex));
    if (retryAfterSeconds !== undefined) throw new Refusal('RATE_LIMITED', { retryAfterSeconds });
    const attemptId = newId();
    await insertLoginAttempt(tx, attemptId, emailIndex);
    return attemptId;
  });
