import { exportJWK, generateKeyPair } from 'jose';
import { beforeEach, expect, test } from 'vitest';
import { deafPort } from '../../test/fixture.ts';
import { jwksOf, userKeys } from './user-keys.ts';

const jwk = async (kid: string) => ({ ...(await exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).publicKey)), kid });
let clock: number;
let fetches: number;
let answer: () => Promise<{ keys: object[] }>;
const keys = () =>
  userKeys(
    () => {
      fetches += 1;
      return answer();
    },
    () => clock,
  );
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeEach(async () => {
  clock = 1_000_000;
  fetches = 0;
  const set = { keys: [await jwk('k1')] };
  answer = async () => set;
});

test('many calls at once share one fetch', async () => {
  const ring = keys();
  const found = await Promise.all(Array.from({ length: 20 }, () => ring.find('k1')));
  expect(found.every(Boolean)).toBe(true);
  expect(fetches).toBe(1);
});

test('an unknown key id fetches again, but not more often than every 5 s', async () => {
  const ring = keys();
  await ring.find('k1');
  for (let i = 0; i < 50; i++) expect(await ring.find(`made-up-${i}`)).toBeUndefined();
  expect(fetches).toBe(1);
  clock += 5_000;
  const next = { keys: [await jwk('k2')] };
  answer = async () => next;
  expect(await ring.find('k2')).toBeDefined();
  expect(fetches).toBe(2);
  expect(ring.knows('k1')).toBe(false);
});

test('after five minutes known keys are used on while they are fetched anew, also when that fails', async () => {
  const ring = keys();
  await ring.find('k1');
  clock += 300_000;
  answer = () => Promise.reject(new Error('away'));
  expect(await ring.find('k1')).toBeDefined();
  await settled();
  expect(fetches).toBe(2);
  expect(await ring.find('k1')).toBeDefined();
  expect(fetches).toBe(2); // failed just now: not again within a second
  await expect(ring.find('k9')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

test('a process that starts before identity is of use a second after it', async () => {
  const ring = keys();
  const good = answer;
  answer = () => Promise.reject(new Error('away'));
  await expect(ring.find('k1')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await expect(ring.find('k1')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(fetches).toBe(1);
  clock += 1_000;
  answer = good;
  expect(await ring.find('k1')).toBeDefined();
});

test('jwksOf rejects when nobody listens', async () => {
  await expect(jwksOf(`http://127.0.0.1:${await deafPort()}`)()).rejects.toThrow();
});
