import { expect, test } from 'vitest';
import { isRetryable, isUniqueViolation } from './errors.ts';
import { hashOf } from './idempotency.ts';
import { splitOptions, startupOptions } from './pool.ts';
import { columnTypes, safeInteger } from './values.ts';

test('an int8 that a double cannot hold is an error, not a rounded number', () => {
  expect(safeInteger('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => safeInteger('9007199254740992')).toThrow('9007199254740992');
});

test('a moment that was read before is read as well, and is nobody else’s Date', () => {
  const read = columnTypes().getTypeParser(1184) as unknown as (text: string) => unknown; // pg's types take 1184 for the parser of numbers
  const [first, second] = [read('2026-11-26 04:08:35.563+00'), read('2026-11-26 04:08:35.563+00')];
  expect([first, second]).toEqual([new Date('2026-11-26T04:08:35.563Z'), first]);
  expect(second).not.toBe(first);
  expect(read('2026-11-26 04:08:35.564+00')).toEqual(new Date('2026-11-26T04:08:35.564Z'));
  expect([read('infinity'), read('infinity')]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test('an input hashes the same whatever the order of its keys, and differs in any value', () => {
  const at = new Date('2026-11-22T10:00:00Z');
  expect(hashOf({ a: 1, b: { c: [1, 2], d: at } })).toBe(hashOf({ b: { d: at.toISOString(), c: [1, 2] }, a: 1, e: undefined }));
  expect(hashOf({ a: [1, 2] })).not.toBe(hashOf({ a: [2, 1] }));
  expect(hashOf(undefined)).toBe(hashOf(null));
});

test('settings become start-up options with blanks and backslashes escaped', () => {
  expect(startupOptions({ plan_cache_mode: 'force_generic_plan', search_path: 'a, b\\c' })).toBe(
    '-c plan_cache_mode=force_generic_plan -c search_path=a,\\ b\\\\c',
  );
});

test('options in a URL are taken out, so that they can be joined with ours', () => {
  expect(splitOptions('postgres://u:p@h:1/d?options=-c%20geqo%3Doff&sslmode=require')).toEqual({
    url: 'postgres://u:p@h:1/d?sslmode=require',
    options: '-c geqo=off',
  });
});

test('errors are recognised by their SQLSTATE', () => {
  const error = (code: string, constraint?: string) => Object.assign(new Error(code), { code, constraint });
  expect(isUniqueViolation(error('23505', 'seats_pkey'))).toBe(true);
  expect(isUniqueViolation(error('23505', 'seats_pkey'), 'other')).toBe(false);
  expect(isUniqueViolation(new Error('duplicate'))).toBe(false);
  expect(isRetryable(error('40P01'))).toBe(true);
  expect(isRetryable(error('23505'))).toBe(false);
  expect(isRetryable(undefined)).toBe(false);
});
