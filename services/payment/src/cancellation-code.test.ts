import { expect, test } from 'vitest';
import { codeHash, newCode } from './cancellation-code.ts';

test('codes are eight characters nobody takes for each other, and no two of ten thousand are the same', () => {
  const codes = Array.from({ length: 10_000 }, newCode);
  for (const code of codes) expect(code).toMatch(/^[2-9A-HJKMNP-Z]{8}$/);
  expect(new Set(codes).size).toBe(10_000);
});

test('how a code is written does not matter, what it says does', () => {
  expect(codeHash(' k7m2-xw9r ')).toEqual(codeHash('K7M2XW9R'));
  expect(codeHash('K7M2XW9S')).not.toEqual(codeHash('K7M2XW9R'));
});
