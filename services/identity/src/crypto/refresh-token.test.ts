import { RefreshToken } from '@boxoffice/contracts';
import { expect, test } from 'vitest';
import { newRefreshToken, readRefreshToken, sameHash } from './refresh-token.ts';

const id = '0198f3f0-0000-7000-8000-000000000001';

test('a token reads back to its session and hash, and passes the contract', () => {
  const { token, hash } = newRefreshToken(id);
  const read = readRefreshToken(RefreshToken.parse(token));
  expect(read?.sessionId).toBe(id);
  expect(read && sameHash(read.hash, hash)).toBe(true);
  expect(sameHash(newRefreshToken(id).hash, hash)).toBe(false);
});

test('what cannot be ours is nothing', () => {
  const { token } = newRefreshToken(id);
  for (const text of ['', '.', id, `${id}.`, `${token}.x`, `${token}=`, token.slice(0, -1), token.replace(id, 'no-id'), `${token}A`]) {
    expect(readRefreshToken(text), text).toBeUndefined();
  }
});
