import { PaymentReference } from '@boxoffice/contracts';
import { expect, it } from 'vitest';
import { referenceOf } from './payment-reference.ts';

it('is eight characters its own schema reads, whatever the numbers', () => {
  for (let n = 0; n < 1_000; n++) {
    const reference = referenceOf(Math.random);
    expect(PaymentReference.parse(reference)).toBe(reference);
  }
  for (const edge of [0, 1 - Number.EPSILON]) expect(PaymentReference.parse(referenceOf(() => edge))).toHaveLength(8);
});

it('uses every character', () => {
  const seen = new Set(Array.from({ length: 2_000 }, () => referenceOf(Math.random)).join(''));
  expect(seen.size).toBe(29);
});
