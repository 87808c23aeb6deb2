import { createHmac, KeyObject } from 'node:crypto';
import type { Caller } from '@boxoffice/contracts';
import { TRPCError } from '@trpc/server';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { identityOf } from '../../test/fixture.ts';
import { newId } from '../ids.ts';
import { createCallerReader } from './caller-reader.ts';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
const now = () => Math.floor(Date.now() / 1000);
const userId = newId();
const org = newId();
const claims = { sub: userId, guest: false, sid: 's1', memberships: [{ org, role: 'manager' }] };
let keys: Keys;
let strangers: Keys;
let ownKeys: Keys; // payment's, known to booking
let fetches = 0;
let jwks: { keys: object[] };

afterEach(() => void vi.useRealTimers());
beforeAll(async () => {
  [keys, strangers, ownKeys] = (await Promise.all([0, 1, 2].map(() => generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })))) as [
    Keys,
    Keys,
    Keys,
  ];
  jwks = {
    keys: [
      { kty: 'RSA', n: 'x', e: 'AQAB', kid: 'other kind' },
      { ...(await exportJWK(keys.publicKey)), kid: 'k1' },
    ],
  };
});

const reader = () =>
  createCallerReader({
    audience: 'booking',
    jwks: async () => {
      fetches += 1;
      return jwks;
    },
    trusted: new Map([['payment', [strangers.publicKey, ownKeys.publicKey].map((key) => KeyObject.from(key))]]),
  });
type Told = { iss?: string; aud?: string; kid?: string; iat?: number; exp?: number; key?: Keys; claims?: JWTPayload };
const signed = ({
  iss = 'boxoffice-identity',
  aud = 'boxoffice',
  kid = 'k1',
  iat = now(),
  exp = now() + 600,
  key = keys,
  claims: told = claims,
}: Told) =>
  new SignJWT(told)
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .setIssuer(iss)
    .setAudience(aud)
    .setIssuedAt(iat)
    .setExpirationTime(exp)
    .sign(key.privateKey);
const serviceToken = (told: Told = {}) =>
  signed({ iss: 'service:payment', aud: 'booking', kid: 'payment', exp: now() + 60, key: ownKeys, claims: {}, ...told });
const read = (token: string, callers = reader()): Promise<Caller> => callers.read({ authorization: `Bearer ${token}` });
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const refusal = (promise: Promise<unknown>): Promise<TRPCError> =>
  promise.then(
    () => Promise.reject(new Error('Accepted.')),
    (error) => error,
  );

test('no token is anyone', async () => {
  expect((await reader().read({})).actor).toEqual({ kind: 'anyone' });
});

test('a user token is a user with memberships; the header travels on as it came', async () => {
  const token = await signed({});
  const caller = await reader().read({ authorization: `bearer ${token}` });
  expect(caller.actor).toEqual({ kind: 'user', userId, guest: false, memberships: [{ organisationId: org, role: 'manager' }] });
  expect(caller.token).toBe(`bearer ${token}`);
});

test('a service token is a service, with the user behind it; the second of two keys is good too', async () => {
  expect((await read(await serviceToken())).actor).toEqual({ kind: 'service', name: 'payment' });
  expect((await read(await serviceToken({ claims: { obo: userId } }))).actor).toEqual({ kind: 'service', name: 'payment', onBehalfOf: userId });
});

const unsigned = (header: object) =>
  `${encoded(header)}.${encoded({ ...claims, iss: 'boxoffice-identity', aud: 'boxoffice', iat: now(), exp: now() + 600 })}`;
const bad: [string, () => Promise<string> | string][] = [
  ['alg none', () => `${unsigned({ alg: 'none', kid: 'k1' })}.`],
  [
    'HS256 signed with the public key',
    async () => {
      const input = unsigned({ alg: 'HS256', kid: 'k1' });
      const { x } = await exportJWK(keys.publicKey);
      return `${input}.${createHmac('sha256', Buffer.from(x ?? '', 'base64url'))
        .update(input)
        .digest('base64url')}`;
    },
  ],
  ['a key that is not identity’s', () => signed({ key: strangers })],
  ['a kid nobody has', () => signed({ kid: 'k2' })],
  ['a kid that is an object’s own', () => signed({ kid: '__proto__' })],
  ['a key of another kind', () => signed({ kid: 'other kind' })],
  ['another audience', () => signed({ aud: 'elsewhere' })],
  ['another issuer', () => signed({ iss: 'elsewhere' })],
  ['expired', () => signed({ iat: now() - 700, exp: now() - 60 })],
  [
    'without expiry',
    () =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k1' })
        .setIssuer('boxoffice-identity')
        .setAudience('boxoffice')
        .setIssuedAt()
        .sign(keys.privateKey),
  ],
  ['without a subject', () => signed({ claims: { guest: true, sid: 's', memberships: [] } })],
  ['more than 20 memberships', () => signed({ claims: { ...claims, memberships: Array(21).fill({ org, role: 'door' }) } })],
  ['an unknown role', () => signed({ claims: { ...claims, memberships: [{ org, role: 'god' }] } })],
  [
    'a changed payload',
    async () =>
      (await signed({})).replace(
        /\.[^.]+\./,
        `.${encoded({ ...claims, iss: 'boxoffice-identity', aud: 'boxoffice', sub: newId(), exp: now() + 600 })}.`,
      ),
  ],
  ['a user token with a service as issuer', () => signed({ iss: 'service:payment', kid: 'payment' })],
  ['a user token signed by a service', () => signed({ kid: 'payment', key: ownKeys })],
  ['a service token for another callee', () => serviceToken({ aud: 'ticketing' })],
  ['a service token in a user’s audience', () => serviceToken({ aud: 'boxoffice' })],
  ['a service token that lives 61 s', () => serviceToken({ exp: now() + 61, iat: now() })],
  ['a service token from the future', () => serviceToken({ iat: now() + 100, exp: now() + 150 })],
  ['an expired service token', () => serviceToken({ iat: now() - 90, exp: now() - 30 })],
  ['a service that is not trusted', () => serviceToken({ iss: 'service:gateway', kid: 'gateway' })],
  ['a service under another’s name', () => serviceToken({ iss: 'service:gateway', kid: 'payment' })],
  ['a service token with a broken obo', () => serviceToken({ claims: { obo: 'me' } })],
  ['words', () => 'not-a-token'],
  ['nothing', () => ''],
  ['three dots', () => '...'],
];
test.each(bad)('refuses %s, without saying why', async (_name, make) => {
  const error = await refusal(read(await make()));
  expect(error).toBeInstanceOf(TRPCError);
  expect({ code: error.code, message: error.message }).toEqual({
    code: 'UNAUTHORIZED',
    message: 'This access token cannot be used: refresh it or log in again.',
  });
});

test('refuses another scheme', async () => {
  expect((await refusal(reader().read({ authorization: 'Basic dTpw' }))).code).toBe('UNAUTHORIZED');
});

test('checks a token once', async () => {
  const callers = reader();
  const token = await signed({});
  const before = fetches;
  const first = await read(token, callers);
  expect((await read(token, callers)).actor).toBe(first.actor); // the very object: not read again
  expect(fetches - before).toBe(1);
});

test('does not take a token it knows after its end', async () => {
  const callers = reader();
  const token = await signed({});
  await read(token, callers);
  vi.setSystemTime(Date.now() + 11 * 60_000);
  expect((await refusal(read(token, callers))).code).toBe('UNAUTHORIZED');
});

test('does not take a token it knows once its key is gone', async () => {
  vi.setSystemTime(Date.now()); // a clock that stands still, from before the reader looks at it
  const callers = reader();
  const token = await signed({});
  await read(token, callers);
  vi.setSystemTime(Date.now() + 60_000);
  const before = jwks;
  onTestFinished(() => {
    jwks = before;
  });
  jwks = { keys: [{ ...(await exportJWK(strangers.publicKey)), kid: 'k2' }] };
  await read(await signed({ kid: 'k2', key: strangers }), callers); // a key it has not seen: it fetches them again
  expect((await refusal(read(token, callers))).code).toBe('UNAUTHORIZED');
});

test('a good token of an unknown key, while identity is away, is 503 and not 401', async () => {
  const callers = createCallerReader({ audience: 'booking', jwks: () => Promise.reject(new Error('away')), trusted: new Map() });
  expect((await refusal(read(await signed({}), callers))).code).toBe('SERVICE_UNAVAILABLE');
});

test('takes what travels beside the input, and leaves out what is not well-formed', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const caller = await reader().read({ 'x-request-id': 'abcd-1234', traceparent, 'idempotency-key': 'key#1' });
  expect(caller).toMatchObject({ requestId: 'abcd-1234', traceparent, idempotencyKey: 'key#1' });
  const other = await reader().read({ 'x-request-id': 'a b\n', traceparent: '00-0-0-0' });
  expect(other.requestId).toMatch(/^[\da-f-]{36}$/);
  expect(other).not.toHaveProperty('traceparent');
});

test.each([[''], ['a b'], ['x'.repeat(129)], ['ä'], ['a, a']])('refuses the idempotency key %j', async (key) => {
  expect((await refusal(reader().read({ 'idempotency-key': key }))).code).toBe('BAD_REQUEST');
});

test('what loadServiceIdentity signs, the callee reads, and nobody else', async () => {
  const { self, trusted } = await identityOf('payment');
  const token = await self.tokenFor('booking', userId);
  expect(await self.tokenFor('booking', userId)).toBe(token);
  expect(await self.tokenFor('booking')).not.toBe(token);
  const at = (audience: 'booking' | 'ticketing') => createCallerReader({ audience, jwks: async () => jwks, trusted });
  expect((await read(token, at('booking'))).actor).toEqual({ kind: 'service', name: 'payment', onBehalfOf: userId });
  expect((await refusal(read(token, at('ticketing')))).code).toBe('UNAUTHORIZED');
});
