import { journeyReport, runJourney } from '@boxoffice/journey';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queriesOf, readDashboards } from '../src/monitoring/dashboards.ts';
import { exportedOf } from '../src/monitoring/exported.ts';
import { faultsOf, type Known } from '../src/monitoring/expression-checks.ts';
import { alertsOf, readRuleFiles, recordsOf } from '../src/monitoring/rules.ts';
import { openStage, type Stage } from '../src/monitoring/stage.ts';

let stage: Stage;
let known: Known;
const files = await readRuleFiles();
beforeAll(async () => {
  stage = await openStage('metrics');
  await runJourney({ url: stage.url, report: journeyReport(() => {}), webhookSecret: stage.webhookSecret });
  const texts = await Promise.all(stage.metricsUrls.map(async (url) => (await fetch(url)).text()));
  known = { exported: exportedOf(texts), records: recordsOf(files) };
}, 240_000);
afterAll(() => stage?.stop());

/** Labels and values that a good day does not bring on; their metrics are told from the first minute. */
const rare: ReadonlySet<string> = new Set([
  'group',
  'step',
  'batch',
  'outcome="failed"',
  'outcome="failed|OVERLOADED"',
  'status="5.."',
  'outcome="given-up"',
  'status="left"',
  'outcome', // of orders of cancelled events: the journey's has none
]);
const faultsIn = (queries: readonly { name: string; expr: string }[]) =>
  queries.map(({ name, expr }) => ({ name, faults: faultsOf(expr, known, rare) })).filter(({ faults }) => faults.length > 0);

test('every rule reads metrics, labels and values that running processes told after a journey', () => {
  const rules = [
    ...alertsOf(files).map(({ alert, expr }) => ({ name: alert, expr })),
    ...recordsOf(files).map(({ record, expr }) => ({ name: record, expr })),
  ];
  expect(faultsIn(rules)).toEqual([]);
});

test('every panel reads metrics, labels and values that running processes told', async () => {
  const queries = [...(await readDashboards()).values()].flatMap((dashboard) => queriesOf(dashboard, 'boxoffice'));
  expect(queries.length).toBeGreaterThan(80);
  expect(faultsIn(queries)).toEqual([]);
});

test('a metric, a label or a value that nobody tells is found', () => {
  const of = (expr: string) => faultsOf(expr, known);
  expect(of('sum(rate(boxoffice_nothing_total{installation="boxoffice"}[5m]))')).toEqual(['nobody exports boxoffice_nothing_total']);
  expect(of('sum(rate(boxoffice_payments_total{installation="boxoffice",colour="red"}[5m]))')).toEqual([
    'boxoffice_payments_total has no label colour',
  ]);
  expect(of('boxoffice_payments_total{installation="boxoffice"}')).toEqual(['boxoffice_payments_total is a counter: it needs a rate']);
  expect(of('sum(rate(boxoffice_payments_total{installation="boxoffice",status="PAYED"}[5m]))')).toHaveLength(1);
});
