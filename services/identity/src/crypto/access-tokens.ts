import type { Membership } from '@boxoffice/contracts';
import { userAudience, userIssuer } from '@boxoffice/service-kit';
import { SignJWT } from 'jose';
import type { SigningKeys } from './signing-keys.ts';

/** Whom an access token speaks for. */
export type AccessClaims = { userId: string; guest: boolean; memberships: Membership[]; sessionId: string };

/** Signs access tokens. */
export interface AccessTokens {
  /** A JWT issued at `now`, the database's time: a process whose clock is wrong still issues right tokens. */
  sign(claims: AccessClaims, now: Date): Promise<{ accessToken: string; accessTokenExpiresAt: Date }>;
}

/** Ed25519 JWTs that live `ttlS` seconds: sub, guest, memberships [{ org, role }], sid. */
export function createAccessTokens(keys: SigningKeys, ttlS: number): AccessTokens {
  return {
    async sign({ userId, guest, memberships, sessionId }, now) {
      const { kid, key } = await keys.current();
      const issuedAt = Math.floor(now.getTime() / 1000);
      const accessToken = await new SignJWT({
        guest,
        memberships: memberships.map(({ organisationId, role }) => ({ org: organisationId, role })),
        sid: sessionId,
      })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
        .setIssuer(userIssuer)
        .setAudience(userAudience)
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlS)
        .sign(key);
      return { accessToken, accessTokenExpiresAt: new Date((issuedAt + ttlS) * 1000) };
    },
  };
}
