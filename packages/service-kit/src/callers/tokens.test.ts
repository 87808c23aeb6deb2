import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { decodeProtectedHeader, exportJWK, jwtVerify, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { claimsOf, ed25519, signedToken } from './tokens.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const now = () => Math.floor(Date.now() / 1000);
const rules = { issuer: 'a', audience: 'b', clockTolerance: 5, requiredClaims: ['iat', 'exp'] };
const claims = (more: object = {}) => ({ iss: 'a', aud: 'b', iat: now(), exp: now() + 60, ...more });
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const made = (header: object, payload: object, key: KeyObject = ours.privateKey) => {
  const signed = `${encoded(header)}.${encoded(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
};
const good = () => signedToken(claims(), { kid: 'k', key: ours.privateKey });
const parts = () => good().split('.') as [string, string, string]; // a token has three

test('jose reads what is signed here, and here is read what jose signs', async () => {
  const told = claims({ obo: 'somebody' });
  const token = signedToken(told, { kid: 'k', key: ours.privateKey });
  expect((await jwtVerify(token, ours.publicKey, { ...rules, algorithms: ['EdDSA'] })).payload).toEqual(told);
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: 'k' });
  const joses = await new SignJWT(told).setProtectedHeader({ alg: 'EdDSA', kid: 'k' }).sign(ours.privateKey);
  expect(claimsOf(joses, ours.publicKey, rules)).toEqual(told);
});

test.each<[string, () => string]>([
  ['another key', () => signedToken(claims(), { kid: 'k', key: theirs.privateKey })],
  ['another algorithm’s name', () => made({ alg: 'HS256' }, claims())],
  ['no algorithm', () => made({ kid: 'k' }, claims())],
  ['alg none', () => `${encoded({ alg: 'none' })}.${encoded(claims())}.`],
  ['alg none under a good signature', () => made({ alg: 'none' }, claims())],
  ['a header that must be understood', () => made({ alg: 'EdDSA', crit: ['b64'], b64: true }, claims())],
  ['an empty signature', () => `${parts()[0]}.${parts()[1]}.`],
  ['half a signature', () => good().slice(0, -40)],
  ['a longer signature', () => `${good()}AAAA`],
  ['no signature at all', () => parts().slice(0, 2).join('.')],
  ['a fourth part', () => `${good()}.x`],
  ['a changed header', () => [encoded({ alg: 'EdDSA', kid: 'other' }), ...parts().slice(1)].join('.')],
  ['a changed payload', () => [parts()[0], encoded(claims({ sub: 'me' })), parts()[2]].join('.')],
  ['claims that are no object', () => made({ alg: 'EdDSA' }, ['iss'])],
  ['another issuer', () => made({ alg: 'EdDSA' }, claims({ iss: 'x' }))],
  ['another audience', () => made({ alg: 'EdDSA' }, claims({ aud: ['x', 'y'] }))],
  ['its end', () => made({ alg: 'EdDSA' }, claims({ exp: now() - 6 }))],
  ['a beginning to come', () => made({ alg: 'EdDSA' }, claims({ nbf: now() + 60 }))],
  ['no end', () => made({ alg: 'EdDSA' }, claims({ exp: undefined }))],
  ['an end in words', () => made({ alg: 'EdDSA' }, claims({ exp: 'never' }))],
])('refuses %s', (_name, make) => {
  expect(() => claimsOf(make(), ours.publicKey, rules)).toThrow();
});

test('a JWK is a key only when it is Ed25519', async () => {
  const jwk = (await exportJWK(ours.privateKey)) as { kty: string; crv: string; x: string; d: string }; // of a private Ed25519 key
  const { d: _, ...open } = jwk;
  expect([ed25519(jwk).type, ed25519(open).type]).toEqual(['private', 'public']);
  for (const wrong of [{ kty: 'EC' }, { crv: 'X25519' }, { x: 'short' }]) expect(() => ed25519({ ...open, ...wrong })).toThrow();
});
