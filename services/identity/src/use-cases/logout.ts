import type { IdentityService } from '@boxoffice/contracts';
import { readRefreshToken } from '../crypto/refresh-token.ts';
import type { Deps } from '../deps.ts';
import { endSession } from '../persistence/sessions.sql.ts';

/** Ends the session of this refresh token. Always answers done: a token that opens nothing has nothing to end. */
export const logout =
  ({ db }: Pick<Deps, 'db'>): IdentityService['logout'] =>
  async ({ refreshToken }) => {
    const token = readRefreshToken(refreshToken);
    if (token) await endSession(db, token.sessionId, token.hash);
    return { done: true };
  };
