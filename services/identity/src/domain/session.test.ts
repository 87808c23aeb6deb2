import { expect, test } from 'vitest';
import { decideRefresh, type SessionState } from './session.ts';

const live: SessionState = { presented: 'current', revoked: false, expired: false, before: false };

test('the current token renews a live session', () => {
  expect(decideRefresh(live)).toEqual({ kind: 'renew' });
});

test('any other token ends it', () => {
  expect(decideRefresh({ ...live, presented: 'previous' })).toEqual({ kind: 'revoke', reason: 'refresh-token-reused' });
  expect(decideRefresh({ ...live, presented: 'other' })).toEqual({ kind: 'revoke', reason: 'refresh-token-unknown' });
});

test.each(['revoked', 'expired', 'before'] as const)('a session that is %s is refused and left as it is', (flag) => {
  for (const presented of ['current', 'previous', 'other'] as const) {
    expect(decideRefresh({ ...live, presented, [flag]: true })).toEqual({ kind: 'refuse' });
  }
});

test('an unknown session is refused', () => {
  expect(decideRefresh(undefined)).toEqual({ kind: 'refuse' });
});
