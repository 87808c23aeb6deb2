import { expect, test } from 'vitest';
import { normaliseEmail } from './email.ts';

test('spellings of one address are one', () => {
  const spellings = ['ana@example.org', ' Ana@Example.ORG ', 'ANA@EXAMPLE.ORG\n'];
  expect(new Set(spellings.map(normaliseEmail))).toEqual(new Set(['ana@example.org']));
  expect(normaliseEmail('jose\u0301@example.org')).toBe(normaliseEmail('jos\u00e9@example.org'));
});

test('a plus sign or a dot makes another address', () => {
  expect(new Set(['ana@example.org', 'ana+x@example.org', 'a.na@example.org'].map(normaliseEmail)).size).toBe(3);
});
