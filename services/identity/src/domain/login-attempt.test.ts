import { expect, test } from 'vitest';
import { attemptSettlesWithinMs, type LoginAttempt, loginPolicy, waitBeforeLogin } from './login-attempt.ts';

const minute = 60_000;
const failed = (...agesMs: number[]): LoginAttempt[] => agesMs.map((ageMs) => ({ ageMs, failed: true }));
const open = (count: number, ageMs = 0): LoginAttempt[] => Array.from({ length: count }, () => ({ ageMs, failed: false }));
const ages = (count: number, ageMs: number) => Array.from({ length: count }, () => ageMs);

test('the first ten tries are let through, the eleventh is not', () => {
  expect(waitBeforeLogin([])).toBeUndefined();
  expect(waitBeforeLogin(failed(...ages(9, minute)))).toBeUndefined();
  expect(waitBeforeLogin(failed(...ages(10, minute)))).toBe(14 * 60);
});

test('the wait ends when the tenth newest failure leaves the window, whatever came before it', () => {
  expect(waitBeforeLogin(failed(14 * minute, ...ages(9, 0)))).toBe(60);
  expect(waitBeforeLogin(failed(14.9 * minute, 14 * minute, ...ages(9, 0)))).toBe(60);
});

test('the window slides: failures older than it do not count', () => {
  expect(waitBeforeLogin(failed(loginPolicy.windowMs, ...ages(9, 0)))).toBeUndefined();
  expect(waitBeforeLogin(failed(loginPolicy.windowMs - 1, ...ages(9, 0)))).toBe(1);
});

test('tries under way count too, but say "in a second"', () => {
  expect(waitBeforeLogin(open(10))).toBe(1);
  expect(waitBeforeLogin([...failed(...ages(5, minute)), ...open(5)])).toBe(1);
  expect(waitBeforeLogin([...failed(...ages(5, minute)), ...open(4)])).toBeUndefined();
});

test('a try that a dead process left behind stops counting', () => {
  expect(waitBeforeLogin(open(10, attemptSettlesWithinMs))).toBeUndefined();
});
