import { isRefusal } from '@boxoffice/contracts';
import { expect, test } from 'vitest';
import { createPasswords, type PasswordOptions } from './passwords.ts';
import { generateSecrets } from './personal-data.ts';

const pepper = generateSecrets().PASSWORD_PEPPER;
const passwords = (options: Partial<PasswordOptions> = {}) => createPasswords({ pepper, cost: 4, concurrency: 2, queue: 64, ...options });

test.each([
  ['beyond 72 bytes', `${'x'.repeat(199)}a`, `${'x'.repeat(199)}b`],
  ['beyond 72 bytes of other scripts', `${'密码'.repeat(40)}1`, `${'密码'.repeat(40)}2`],
  ['after a NUL', 'secret-word\0a', 'secret-word\0b'],
  ['in case', 'Secret-word', 'secret-word'],
  ['in trailing space', 'secret-word ', 'secret-word'],
])('every character counts: %s', async (_, mine, other) => {
  const hash = await passwords().hash(mine);
  expect(await passwords().verify(mine, hash)).toBe(true);
  expect(await passwords().verify(other, hash)).toBe(false);
});

test('the same password typed composed or decomposed is the same', async () => {
  const hash = await passwords().hash('contrase\u00f1a-larga');
  expect(await passwords().verify('contrasen\u0303a-larga', hash)).toBe(true);
});

test('a hash is useless without its pepper', async () => {
  const hash = await passwords().hash('a long password');
  expect(await passwords({ pepper: generateSecrets().PASSWORD_PEPPER }).verify('a long password', hash)).toBe(false);
  expect(hash).toMatch(/^\$2b\$04\$/);
});

test('nobody has no password, and comparing with it costs a real comparison', async () => {
  const slow = passwords({ cost: 9, concurrency: 1 });
  const hash = await slow.hash('a long password');
  const timed = async (against: string | undefined) => {
    const start = performance.now();
    expect(await slow.verify('another password', against)).toBe(false);
    return performance.now() - start;
  };
  const ratios: number[] = [];
  for (let round = 0; round < 9; round++) ratios.push((await timed(undefined)) / (await timed(hash)));
  const median = ratios.sort((a, b) => a - b)[4] ?? 0;
  expect(median).toBeGreaterThan(0.6);
  expect(median).toBeLessThan(1.6);
});

test('a full queue says no at once, with a time', async () => {
  const few = passwords({ concurrency: 1, queue: 2 });
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => few.hash('a long password')));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(results.length - refused.length).toBe(3);
  for (const error of refused) {
    expect(isRefusal(error, 'OVERLOADED')).toBe(true);
    expect(isRefusal(error, 'OVERLOADED') && error.refusal.details.retryAfterSeconds).toBeGreaterThanOrEqual(1);
  }
  expect(await few.verify('a long password', await few.hash('a long password'))).toBe(true);
});
