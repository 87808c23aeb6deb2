import { anyone } from '@boxoffice/testing';
import { expect, test } from 'vitest';
import { by, countAnswers, identityStage, newEmail, refusalOf, registered } from '../../test/stage.ts';
import { newRefreshToken } from '../crypto/refresh-token.ts';

const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });
const refresh = (refreshToken: string) => stage.identity.refresh({ refreshToken }, anyone());
const idOf = (refreshToken: string) => refreshToken.split('.')[0] ?? '';
const reasonOf = async (refreshToken: string) => {
  const [row] = await stage.db.query<{ reason: string | null }>('SELECT revoke_reason AS reason FROM sessions WHERE id = $1', [idOf(refreshToken)]);
  return row?.reason;
};

test('each refresh gives a new token of the same session, with current memberships', async () => {
  const first = await registered(stage.identity);
  const { organisationId } = await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(first));
  const second = await refresh(first.refreshToken);
  const third = await refresh(second.refreshToken);
  expect(second).toMatchObject({ userId: first.userId, memberships: [{ organisationId, role: 'owner' }] });
  expect(new Set([first, second, third].map((session) => session.refreshToken)).size).toBe(3);
  expect(new Set([first, second, third].map((session) => idOf(session.refreshToken))).size).toBe(1);
});

test('a token used a second time ends its session, the newest token included', async () => {
  const first = await registered(stage.identity);
  const second = await refresh(first.refreshToken);
  expect(await refusalOf(refresh(first.refreshToken))).toBe('SESSION_EXPIRED');
  expect(await refusalOf(refresh(second.refreshToken))).toBe('SESSION_EXPIRED');
  expect(await reasonOf(first.refreshToken)).toBe('refresh-token-reused');
});

test('an older token, or a guess under the session id, ends it as well', async () => {
  const first = await registered(stage.identity);
  const third = await refresh((await refresh(first.refreshToken)).refreshToken);
  expect(await refusalOf(refresh(first.refreshToken))).toBe('SESSION_EXPIRED');
  expect(await refusalOf(refresh(third.refreshToken))).toBe('SESSION_EXPIRED');
  const other = await registered(stage.identity);
  expect(await refusalOf(refresh(newRefreshToken(idOf(other.refreshToken)).token))).toBe('SESSION_EXPIRED');
  expect(await refusalOf(refresh(other.refreshToken))).toBe('SESSION_EXPIRED');
  expect(await reasonOf(other.refreshToken)).toBe('refresh-token-unknown');
});

test('of concurrent refreshes exactly one wins, over two processes too', async () => {
  const { api } = await stage.replica();
  for (let round = 0; round < 20; round++) {
    const { refreshToken } = await registered(stage.identity);
    const ask = (index: number) => (index % 2 ? api.identity : stage.identity).refresh({ refreshToken }, anyone());
    expect(await countAnswers(Array.from({ length: 6 }, (_, index) => ask(index)))).toEqual({ ok: 1, SESSION_EXPIRED: 5 });
  }
});

test("ending one session leaves the user's others alone", async () => {
  const email = newEmail();
  const first = await registered(stage.identity, email);
  const second = await stage.identity.login({ email, password: 'correct horse battery staple' }, anyone());
  await stage.identity.logout({ refreshToken: first.refreshToken }, anyone());
  expect(await refusalOf(refresh(first.refreshToken))).toBe('SESSION_EXPIRED');
  expect(await refusalOf(refresh(second.refreshToken))).toBe('ok');
});

test('logging out twice, or with a token of nobody, is done', async () => {
  const { refreshToken } = await registered(stage.identity);
  for (const token of [refreshToken, refreshToken, newRefreshToken(idOf(refreshToken)).token, 'no-token-of-ours-at-all']) {
    expect(await stage.identity.logout({ refreshToken: token }, anyone())).toEqual({ done: true });
  }
  expect(await reasonOf(refreshToken)).toBe('logout');
});

test('a guess does not log anybody out', async () => {
  const { refreshToken } = await registered(stage.identity);
  await stage.identity.logout({ refreshToken: newRefreshToken(idOf(refreshToken)).token }, anyone());
  expect(await refusalOf(refresh(refreshToken))).toBe('ok');
});

test('a token lives 30 days from its own issue, by the database clock', async () => {
  const { refreshToken } = await registered(stage.identity);
  const age = (interval: string) =>
    stage.db.query('UPDATE sessions SET expires_at = expires_at - $2::interval WHERE id = $1', [idOf(refreshToken), interval]);
  await age('29 days 23:59:00');
  const second = await refresh(refreshToken);
  await age('30 days');
  expect(await refusalOf(refresh(second.refreshToken))).toBe('SESSION_EXPIRED');
  expect(await reasonOf(refreshToken)).toBeNull();
});

test('sessions opened before the revocation moment cannot be renewed, later ones can', async () => {
  const email = newEmail();
  const before = await registered(stage.identity, email);
  await stage.db.query('UPDATE accounts SET revoked_before = clock_timestamp() WHERE id = $1', [before.userId]);
  const after = await stage.identity.login({ email, password: 'correct horse battery staple' }, anyone());
  expect(await refusalOf(refresh(before.refreshToken))).toBe('SESSION_EXPIRED');
  expect(await refusalOf(refresh(after.refreshToken))).toBe('ok');
});
