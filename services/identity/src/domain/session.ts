/** What is known about a session at the moment its refresh token is presented. */
export type SessionState = {
  /** Which of the session's tokens was presented: the one that is due, the one used last, or neither. */
  presented: 'current' | 'previous' | 'other';
  revoked: boolean;
  expired: boolean;
  /** Opened before the moment up to which its user revoked everything. */
  before: boolean;
};

export type RefreshDecision =
  | { kind: 'renew' }
  /** Answer no; the session is over already. */
  | { kind: 'refuse' }
  /** Answer no and end the session: its token is in two hands. */
  | { kind: 'revoke'; reason: RevokeReason };

/** Why a session ended before its time. */
export type RevokeReason = 'logout' | 'refresh-token-reused' | 'refresh-token-unknown';

/**
 * A refresh token opens the session once. Any other secret under a live session's id – the one before, an older one, a guess –
 * ends it: older secrets are not kept, and whoever knows the id of a session has seen one of its tokens.
 * There is no grace period: of two concurrent refreshes one wins, and the loser ends the session.
 */
export function decideRefresh(session: SessionState | undefined): RefreshDecision {
  if (!session || session.revoked || session.expired || session.before) return { kind: 'refuse' };
  switch (session.presented) {
    case 'current':
      return { kind: 'renew' };
    case 'previous':
      return { kind: 'revoke', reason: 'refresh-token-reused' };
    case 'other':
      return { kind: 'revoke', reason: 'refresh-token-unknown' };
    default:
      return session.presented satisfies never;
  }
}
