import { createCallerReader } from '@boxoffice/service-kit';
import { anyone } from '@boxoffice/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { by, identityStage, newEmail, refusalOf, registered } from '../../test/stage.ts';

const stage = identityStage({ ORGANISATION_CREATION: 'anyone' });
const keys = () => stage.identity.jwks({}, anyone());
const read = (accessToken: string) =>
  createCallerReader({ audience: 'booking', jwks: keys, trusted: new Map() }).read({ authorization: `Bearer ${accessToken}` });

// First: the others would make the key.
test('processes that come first at once make one signing key', async () => {
  const replicas = await Promise.all(Array.from({ length: 6 }, () => stage.replica()));
  const all = await Promise.all(replicas.map(({ api }) => api.identity.jwks({}, anyone())));
  expect(new Set(all.map((set) => JSON.stringify(set))).size).toBe(1);
  expect(await stage.db.query('SELECT count(*) AS n FROM signing_keys')).toEqual([{ n: 1 }]);
});

test('only public parts are published', async () => {
  const { keys: published } = await keys();
  expect(published.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x']]);
});

test('every service reads the caller from an access token', async () => {
  const ana = await registered(stage.identity);
  const { organisationId } = await stage.identity.createOrganisation({ name: 'Paraninfo' }, by(ana));
  const { accessToken, accessTokenExpiresAt } = await stage.identity.refresh({ refreshToken: ana.refreshToken }, anyone());
  expect((await read(accessToken)).actor).toEqual({
    kind: 'user',
    userId: ana.userId,
    guest: false,
    memberships: [{ organisationId, role: 'owner' }],
  });
  const { iat = 0, exp = 0, sid } = decodeJwt(accessToken);
  expect(exp - iat).toBe(600);
  expect(new Date(exp * 1000)).toEqual(accessTokenExpiresAt);
  expect(sid).toBe(ana.refreshToken.split('.')[0]);
  expect(decodeProtectedHeader(accessToken)).toMatchObject({ alg: 'EdDSA', kid: (await keys()).keys[0]?.kid });
  const guest = await stage.identity.continueAsGuest({ email: newEmail() }, anyone());
  expect((await read(guest.accessToken)).actor).toMatchObject({ userId: guest.userId, guest: true, memberships: [] });
});

test('a changed token is nobody', async () => {
  const { accessToken } = await registered(stage.identity);
  const [header = '', payload = '', signature = ''] = accessToken.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, memberships: [{ org: claims.sub, role: 'owner' }] })).toString('base64url');
  expect(await refusalOf(read([header, forged, signature].join('.')))).toBe('UNAUTHORIZED');
});

// Last: it retires the key.
test('tokens of a retired key are good for a day, and a new key signs at once', async () => {
  const before = await registered(stage.identity);
  await stage.db.query("UPDATE signing_keys SET retired_at = statement_timestamp() - interval '23 hours'");
  const after = await registered(stage.identity);
  const kidOf = (session: { accessToken: string }) => decodeProtectedHeader(session.accessToken).kid;
  expect((await keys()).keys.map((key) => key.kid)).toEqual([kidOf(after), kidOf(before)]);
  expect((await read(before.accessToken)).actor).toMatchObject({ userId: before.userId });
  await stage.db.query("UPDATE signing_keys SET retired_at = retired_at - interval '2 hours' WHERE retired_at IS NOT NULL");
  expect((await keys()).keys.map((key) => key.kid)).toEqual([kidOf(after)]);
  expect(await refusalOf(read(before.accessToken))).toBe('UNAUTHORIZED');
});
