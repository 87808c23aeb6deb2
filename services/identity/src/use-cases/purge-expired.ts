import type { Deps } from '../deps.ts';
import { purgeLoginAttempts } from '../persistence/login-attempts.sql.ts';
import { purgeSessions } from '../persistence/sessions.sql.ts';

/** Forgets login attempts that no longer count and sessions that ended long ago; answers how many of each. */
export const purgeExpired =
  ({ db }: Pick<Deps, 'db'>) =>
  async (): Promise<{ loginAttempts: number; sessions: number }> => ({
    loginAttempts: await purgeLoginAttempts(db),
    sessions: await purgeSessions(db),
  });
