import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { readRefreshToken, sameHash } from '../crypto/refresh-token.ts';
import type { Deps } from '../deps.ts';
import { decideRefresh, type SessionState } from '../domain/session.ts';
import { lockSession, revokeSession, type StoredSession } from '../persistence/sessions.sql.ts';

/** Exchanges a refresh token for new tokens with current memberships. Refuses SESSION_EXPIRED; a token used before ends its session. */
export const refresh =
  ({ db, tokens }: Deps): IdentityService['refresh'] =>
  async ({ refreshToken }) => {
    const presented = readRefreshToken(refreshToken);
    if (!presented) throw new Refusal('SESSION_EXPIRED', {});
    const renewed = await db.transaction(async (tx) => {
      const session = await lockSession(tx, presented.sessionId);
      const decision = decideRefresh(session && stateOf(session, presented.hash));
      // The revocation must commit, so the refusal is thrown outside.
      if (decision.kind === 'revoke') await revokeSession(tx, presented.sessionId, decision.reason);
      if (decision.kind !== 'renew' || !session) return undefined;
      return tokens.renew(tx, { id: presented.sessionId, userId: session.userId, guest: session.guest });
    });
    if (!renewed) throw new Refusal('SESSION_EXPIRED', {});
    return renewed;
  };

function stateOf({ refreshHash, previousHash, revoked, expired, before }: StoredSession, hash: Buffer): SessionState {
  const presented = sameHash(refreshHash, hash) ? 'current' : previousHash && sameHash(previousHash, hash) ? 'previous' : 'other';
  return { presented, revoked, expired, before };
}
