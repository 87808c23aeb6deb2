import type { IdentityService, Membership } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import { newId } from '@boxoffice/service-kit';
import type { AccessTokens } from './crypto/access-tokens.ts';
import { newRefreshToken } from './crypto/refresh-token.ts';
import { membershipsOf } from './persistence/organisations.ts';
import { insertSession, rotateSession } from './persistence/sessions.sql.ts';

/** A session as its transaction leaves it: everything the answer needs but the access token. */
export type Granted = { sessionId: string; userId: string; guest: boolean; memberships: Membership[]; refreshToken: string; grantedAt: Date };

/** Opens and renews sessions; shared by registering, logging in, going on as a guest, and refreshing. */
export interface Sessions {
  /** A new session for this user. */
  open(tx: Tx, user: { userId: string; guest: boolean }): Promise<Granted>;
  /** The next pair of tokens of a session that is locked and may be renewed. */
  renew(tx: Tx, session: { sessionId: string; userId: string; guest: boolean }): Promise<Granted>;
  /** The answer of a committed session. After the transaction: the signing key is read over a connection of its own. */
  answer(granted: Granted): Promise<Awaited<ReturnType<IdentityService['login']>>>;
}

/** Sessions whose refresh tokens live `refreshTtlS` seconds each. */
export function createSessions(accessTokens: AccessTokens, refreshTtlS: number): Sessions {
  return {
    async open(tx, { userId, guest }) {
      const sessionId = newId();
      const { token, hash } = newRefreshToken(sessionId);
      const grantedAt = await insertSession(tx, { id: sessionId, userId, refreshHash: hash, ttlS: refreshTtlS });
      return { sessionId, userId, guest, memberships: await membershipsOf(tx, userId), refreshToken: token, grantedAt };
    },
    async renew(tx, { sessionId, userId, guest }) {
      const { token, hash } = newRefreshToken(sessionId);
      const grantedAt = await rotateSession(tx, { id: sessionId, refreshHash: hash, ttlS: refreshTtlS });
      return { sessionId, userId, guest, memberships: await membershipsOf(tx, userId), refreshToken: token, grantedAt };
    },
    async answer(granted) {
      const { userId, guest, memberships, refreshToken } = granted;
      return { userId, guest, memberships, refreshToken, ...(await accessTokens.sign(granted, granted.grantedAt)) };
    },
  };
}
