import { expect, test } from 'vitest';
import type { Finding } from './books.ts';
import { boundedFindings } from './look.ts';

const finding = (examination: string, subject: number): Finding => ({ check: 'unsent', examination, subject: String(subject), what: 'w' });
const many = (examination: string, count: number) => Array.from({ length: count }, (_, subject) => finding(examination, subject));

test('each finding once, and of each examination the first thousand, also over several looks', () => {
  const first = boundedFindings([...many('a', 600), ...many('a', 600)]);
  expect(first.size).toBe(600);
  const both = boundedFindings([...many('a', 1_500), finding('b', 0)], first);
  expect(Map.groupBy(both.values(), ({ examination }) => examination).get('a')).toHaveLength(1_000);
  expect(both.size).toBe(1_001);
});
