import { expect, test } from 'vitest';
import type { Panel } from './dashboards.ts';
import { answerLine, answerOf, type Sample } from './panel-answers.ts';

const panelOf = (unit: string, ...legends: string[]): Panel => ({
  ...{ id: 1, type: 'timeseries', title: 'Holds', description: 'How many?', gridPos: { x: 0, y: 0, w: 8, h: 8 }, options: {} },
  datasource: { type: 'prometheus', uid: 'here' },
  fieldConfig: { defaults: { unit }, overrides: [] },
  targets: legends.map((legendFormat, at) => ({ refId: String(at), expr: `${at}{installation="$installation"}`, legendFormat })),
});
const sample = (value: string, metric = {}): Sample => ({ metric, value: [0, value] });

test('every query is asked of the installation; lines have the names of the legend, the largest first', async () => {
  const asked: string[] = [];
  const answer = await answerOf(panelOf('cps', 'won', '{{group}} {{topic}}'), 'tickets/hall', async (expr) => {
    asked.push(expr);
    return expr.startsWith('0') ? [sample('0.123')] : [sample('3', { group: 'ticketing', topic: 'paid' })];
  });
  expect(asked).toEqual(['0{installation="tickets/hall"}', '1{installation="tickets/hall"}']);
  expect(answerLine(answer)).toBe('ticketing paid 3 /s, won 0.12 /s');
});

test('no series and no number are no answer', async () => {
  const answer = await answerOf(panelOf('s', 'p50', 'p99'), 'x', async (expr) => (expr.startsWith('0') ? [] : [sample('NaN')]));
  expect(answer).toMatchObject({ queries: 2, answered: 0 });
  expect(answerLine(answer)).toBe('–');
});

test.each([
  ['percentunit', '0.0352', '3.5 %'],
  ['s', '0.0815', '82 ms'],
  ['s', '29.4', '29 s'],
  ['bytes', '141762560', '135 MiB'],
  ['none', '4990', '4990'],
  ['none', '1234.5', '1235'],
])('%s: %s is told as %s', async (unit, value, words) => {
  expect(answerLine(await answerOf(panelOf(unit, ''), 'x', async () => [sample(value)]))).toBe(words);
});
