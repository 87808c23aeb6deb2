import type { IdentityService } from '@boxoffice/contracts';
import { readRefreshToken } from '../crypto/refresh-token.ts';
import type { Deps } from '../deps.ts';
import { endSession } from '../persistence/sessions.sql.ts';

/** Ends the session of a refresh token. Whatever is presented the answer is the same: it tells nobody which tokens exist. */
export const logout =
  ({ db }: Deps): IdentityService['logout'] =>
  async ({ refreshToken }) => {
    const presented = readRefreshToken(refreshToken);
    if (presented) await endSession(db, presented.sessionId, presented.hash);
    return { done: true };
  };
