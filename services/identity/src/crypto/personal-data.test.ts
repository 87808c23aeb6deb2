import { randomBytes } from 'node:crypto';
import { keyRingOf } from '@boxoffice/service-kit';
import { describe, expect, test } from 'vitest';
import { createPersonalData, generateSecrets } from './personal-data.ts';

const secrets = generateSecrets();
const k1 = secrets.PERSONAL_DATA_KEYS;
const withKeys = (keys: string, primary = 'k1') => createPersonalData({ keys, primary, blindIndexKey: secrets.BLIND_INDEX_KEY });
const data = withKeys(k1);
const place = { table: 'accounts', column: 'email', row: 'r1' };

test('what is sealed opens in its place, and nowhere else', () => {
  const sealed = data.seal(place, 'ana@example.org');
  expect(data.open(place, sealed)).toBe('ana@example.org');
  for (const elsewhere of [{ table: 'guests' }, { column: 'name' }, { row: 'r2' }]) {
    expect(() => data.open({ ...place, ...elsewhere }, sealed)).toThrow();
  }
});

test('a changed bit, a cut tag or an empty value does not open', () => {
  const { sealed, keyId } = data.seal(place, 'ana@example.org');
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => data.open(place, { sealed: changed, keyId })).toThrow();
  }
  for (let length = 0; length < sealed.length; length++) expect(() => data.open(place, { sealed: sealed.subarray(0, length), keyId })).toThrow();
});

test('the same text is sealed differently each time', () => {
  const all = Array.from({ length: 1000 }, () => data.seal(place, 'ana@example.org').sealed);
  expect(new Set(all.map((bytes) => bytes.subarray(0, 12).toString('hex'))).size).toBe(1000);
  expect(data.seal(place, 'ana@example.org').sealed.includes('example')).toBe(false);
});

describe('the key ring', () => {
  const ring = JSON.stringify({ ...JSON.parse(k1), k2: randomBytes(32).toString('base64') });

  test('seals with the primary key and opens with older ones', () => {
    const newer = withKeys(ring, 'k2');
    expect(newer.open(place, data.seal(place, 'old'))).toBe('old');
    expect(newer.seal(place, 'new').keyId).toBe('k2');
  });

  test('says which key is missing, and never opens with another', () => {
    const sealed = withKeys(ring, 'k2').seal(place, 'new');
    expect(() => data.open(place, sealed)).toThrow("'k2'");
    expect(() => data.open(place, { ...sealed, keyId: 'k1' })).toThrow();
  });

  test('a primary key outside the ring is refused at the start', () => {
    expect(() => withKeys(k1, 'k9')).toThrow("'k9'");
  });

  test.each(['', '{', '[]', '{"k1":"c2hvcnQ="}', `{"k1":"${'é'.repeat(32)}"}`, '{"bad id!":"x"}'])('%s is no key ring', (json) => {
    expect(keyRingOf(json)).toBeUndefined();
  });
});

test('the blind index is the same for every spelling of an address, and another under another key', () => {
  expect(data.emailIndex(' ANA@Example.org')).toEqual(data.emailIndex('ana@example.org'));
  expect(data.emailIndex('ana@example.com')).not.toEqual(data.emailIndex('ana@example.org'));
  const other = createPersonalData({ keys: k1, primary: 'k1', blindIndexKey: generateSecrets().BLIND_INDEX_KEY });
  expect(other.emailIndex('ana@example.org')).not.toEqual(data.emailIndex('ana@example.org'));
});
