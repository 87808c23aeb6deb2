import { type IdentityService, Refusal } from '@boxoffice/contracts';
import { type PresentedToken, readRefreshToken, sameHash } from '../crypto/refresh-token.ts';
import type { Deps } from '../deps.ts';
import { decideRefresh, type SessionState } from '../domain/session.ts';
import { lockSession, revokeSession, type StoredSession } from '../persistence/sessions.sql.ts';

/** A new pair of tokens with current memberships. Refuses SESSION_EXPIRED; a token used a second time ends its session as well. */
export const refresh =
  ({ db, sessions, sessionRevoked }: Pick<Deps, 'db' | 'sessions' | 'sessionRevoked'>): IdentityService['refresh'] =>
  async ({ refreshToken }) => {
    const token = readRefreshToken(refreshToken);
    if (!token) throw new Refusal('SESSION_EXPIRED', {});
    const outcome = await db.transaction(async (tx) => {
      const session = await lockSession(tx, token.sessionId);
      const decision = decideRefresh(session && stateOf(session, token));
      if (decision.kind === 'revoke') await revokeSession(tx, token.sessionId, decision.reason);
      const granted = decision.kind === 'renew' && session ? await sessions.renew(tx, { ...session, sessionId: token.sessionId }) : undefined;
      return { decision, granted };
    });
    // The "no" is said after the commit: thrown inside, it would undo the revocation.
    if (outcome.decision.kind === 'revoke') sessionRevoked(outcome.decision.reason);
    if (!outcome.granted) throw new Refusal('SESSION_EXPIRED', {});
    return sessions.answer(outcome.granted);
  };

function stateOf(session: StoredSession, { hash }: PresentedToken): SessionState {
  const isPrevious = session.previousHash !== null && sameHash(session.previousHash, hash);
  return { ...session, presented: sameHash(session.refreshHash, hash) ? 'current' : isPrevious ? 'previous' : 'other' };
}
