import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSealer, generateSecretKey, keyRingOf, openBytes, sealBytes } from './sealer.ts';

const variables = { keys: 'SOME_KEYS', primary: 'SOME_KEY_ID' };
const [k1, k2] = [generateSecretKey(), generateSecretKey()];
const sealer = (ring: object, primary: string) => createSealer({ keys: JSON.stringify(ring), primary, variables });
const place = { table: 'payment_accounts', column: 'secret_key', row: 'r1' };

test('what was sealed under the old key opens after the new one came, and not when the old one is gone', () => {
  const old = sealer({ k1 }, 'k1').seal(place, 'sk_test_1');
  const both = sealer({ k1, k2 }, 'k2');
  expect([both.open(place, old), both.seal(place, 'x').keyId]).toEqual(['sk_test_1', 'k2']);
  expect(() => sealer({ k2 }, 'k2').open(place, old)).toThrow("'k1' of payment_accounts.secret_key is not in SOME_KEYS");
});

test('opens in its place only, and never after a changed bit', () => {
  const own = sealer({ k1, k2 }, 'k1');
  const sealed = own.seal(place, 'sk_test_1');
  for (const elsewhere of [{ table: 't' }, { column: 'c' }, { row: 'r2' }]) expect(() => own.open({ ...place, ...elsewhere }, sealed)).toThrow();
  expect(() => own.open(place, { ...sealed, keyId: 'k2' })).toThrow();
  for (let at = 0; at < sealed.sealed.length; at++) {
    const changed = Buffer.from(sealed.sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => own.open(place, { ...sealed, sealed: changed })).toThrow();
  }
  expect(() => own.open(place, { ...sealed, sealed: Buffer.alloc(27) })).toThrow('too short');
});

test('a primary key that is not in the ring is a fault that names the settings and no key', () => {
  expect(() => sealer({ k1 }, 'k9')).toThrow("SOME_KEY_ID names 'k9', which is not in SOME_KEYS.");
  expect([keyRingOf('{'), keyRingOf('{"k1":"short"}')]).toEqual([undefined, undefined]);
});

test('bytes open with their key and what they are bound to', () => {
  const key = randomBytes(32);
  const parts = sealBytes(key, Buffer.from('here'), Buffer.from('content'));
  expect(openBytes(key, Buffer.from('here'), parts).toString()).toBe('content');
  expect(() => openBytes(key, Buffer.from('there'), parts)).toThrow();
  expect(() => openBytes(randomBytes(32), Buffer.from('here'), parts)).toThrow();
});
