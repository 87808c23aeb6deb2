import { expect, test } from 'vitest';
import { type Finding, markdown, verdictOf } from './report.ts';

const finding = (figure: number, better: 'more' | 'less', limit?: string): Finding => ({
  measure: 'hold | pay',
  product: '10/s',
  beside: '',
  ratio: 0.123_45,
  judged: { figure, target: better === 'more' ? { must: 8, goal: 15, better } : { must: 25, goal: 10, better } },
  limit,
});

test('a target is reached at its bound, whichever way is better', () => {
  expect([7.9, 8, 14.9, 15].map((figure) => verdictOf(finding(figure, 'more')))).toEqual(['NO', 'must', 'must', 'goal']);
  expect([25.1, 25, 10.1, 10].map((figure) => verdictOf(finding(figure, 'less')))).toEqual(['NO', 'must', 'must', 'goal']);
  expect(verdictOf({})).toBe('–');
  expect(verdictOf(finding(Number.NaN, 'more'))).toBe('NO');
});

test('the table names the limit of every goal that is missed, and of no other', () => {
  const table = markdown([finding(9, 'more', 'the core of booking is full'), finding(15, 'more', 'nothing')], ['about']);
  expect(table).toContain('| hold \\| pay | 10/s |  | 0.123 | ≥ 8 | ≥ 15 | must |');
  expect(table).toContain('- hold | pay: the core of booking is full');
  expect(table).not.toContain('nothing');
});
