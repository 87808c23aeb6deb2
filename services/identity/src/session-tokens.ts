import type { Session } from '@boxoffice/contracts';
import type { Tx } from '@boxoffice/postgres';
import { newId, userAudience, userIssuer } from '@boxoffice/service-kit';
import { SignJWT } from 'jose';
import type { z } from 'zod';
import { newRefreshToken } from './crypto/refresh-token.ts';
import type { SigningKeys } from './crypto/signing-keys.ts';
import { membershipsOf } from './persistence/organisations.ts';
import { insertSession, rotateSession } from './persistence/sessions.sql.ts';

type Tokens = z.input<typeof Session>;
export type SessionTokenOptions = { signingKeys: SigningKeys; accessTtlS: number; refreshTtlS: number };

/** Opens and renews sessions, in the caller's transaction. */
export interface SessionTokens {
  open(tx: Tx, user: { userId: string; guest: boolean }): Promise<Tokens>;
  /** For a session the caller has locked and found good. */
  renew(tx: Tx, session: { id: string; userId: string; guest: boolean }): Promise<Tokens>;
}

/** Access tokens are JWTs (EdDSA) with the user's memberships; refresh tokens are random and kept as hashes. */
export function sessionTokens({ signingKeys, accessTtlS, refreshTtlS }: SessionTokenOptions): SessionTokens {
  const answer = async (tx: Tx, session: { id: string; userId: string; guest: boolean; refreshToken: string; now: Date }): Promise<Tokens> => {
    const memberships = await membershipsOf(tx, session.userId);
    const issuedAt = Math.floor(session.now.getTime() / 1000);
    const { kid, key } = await signingKeys.current();
    const claims = {
      sid: session.id,
      guest: session.guest,
      memberships: memberships.map(({ organisationId, role }) => ({ org: organisationId, role })),
    };
    const accessToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid })
      .setIssuer(userIssuer)
      .setAudience(userAudience)
      .setSubject(session.userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + accessTtlS)
      .sign(key);
    const { userId, guest, refreshToken } = session;
    return { userId, guest, memberships, accessToken, accessTokenExpiresAt: new Date((issuedAt + accessTtlS) * 1000), refreshToken };
  };
  return {
    open: async (tx, user) => {
      const id = newId();
      const { token, hash } = newRefreshToken(id);
      const now = await insertSession(tx, { id, userId: user.userId, refreshHash: hash, ttlS: refreshTtlS });
      return answer(tx, { id, ...user, refreshToken: token, now });
    },
    renew: async (tx, session) => {
      const { token, hash } = newRefreshToken(session.id);
      const now = await rotateSession(tx, { id: session.id, refreshHash: hash, ttlS: refreshTtlS });
      return answer(tx, { ...session, refreshToken: token, now });
    },
  };
}
