import type { Exported, Labels } from './exported.ts';
import { faultIn, groupingLabelsIn, type Matcher, type Selector, selectorsIn } from './promql.ts';
import type { RecordingRule } from './rules.ts';

/** Labels a scrape gives every series: ours (ServiceMonitor), and the Prometheus operator's. */
export const targetLabels = ['installation', 'component', 'job', 'instance', 'namespace', 'pod', 'service', 'container', 'endpoint'];
/** What Prometheus makes itself. */
const synthetic: Exported = new Map([
  ['up', { type: 'gauge', series: [] }],
  ['ALERTS', { type: 'gauge', series: [{ alertname: '', alertstate: 'firing', severity: '' }] }],
]);
const ofCounters = new Set(['rate', 'irate', 'increase']);

/** What expressions may read: series that processes tell, and what recording rules make of them. */
export type Known = { exported: Exported; records: readonly RecordingRule[] };

/**
 * What is wrong with an expression: no PromQL; a metric, label or value that nobody exports; another installation's series; a counter without a rate, a rate of
 * something else; quantiles without `le`. What is only seen on a bad day is named in `rare`:
 * label="value", or the label.
 */
export function faultsOf(expr: string, known: Known, rare: ReadonlySet<string> = new Set()): string[] {
  const broken = faultIn(expr);
  if (broken) return [broken];
  const selectors = selectorsIn(expr);
  if (selectors.length === 0) return ['reads no metric'];
  const labels = new Set(targetLabels);
  const faults = selectors.flatMap((selector) => {
    const record = known.records.find(({ record }) => record === selector.metric);
    if (record) {
      for (const label of groupingLabelsIn(record.expr)) labels.add(label);
      return [
        ...ofInstallation(selector),
        ...unknownLabels(selector, [Object.fromEntries(groupingLabelsIn(record.expr).map((label) => [label, '']))]),
      ];
    }
    const metric = known.exported.get(selector.metric) ?? synthetic.get(selector.metric);
    if (!metric) return [`nobody exports ${selector.metric}`];
    for (const series of metric.series) for (const label of Object.keys(series)) labels.add(label);
    return [
      ...ofInstallation(selector),
      ...unknownLabels(selector, metric.series),
      ...unknownValues(selector, metric.series, rare),
      ...misused(selector, metric.type, expr),
    ];
  });
  const grouped = groupingLabelsIn(expr).filter((label) => !labels.has(label) && !rare.has(label));
  return [...new Set([...faults, ...grouped.map((label) => `groups by ${label}, which no series has`)])];
}

const ofInstallation = ({ metric, matchers }: Selector): string[] =>
  matchers.some(({ label, operator, value }) => label === 'installation' && operator === '=' && value === 'boxoffice')
    ? []
    : [`${metric} is not selected by installation="boxoffice"`];

const own = (matchers: readonly Matcher[]) => matchers.filter(({ label }) => !targetLabels.includes(label));

function unknownLabels({ metric, matchers }: Selector, series: readonly Labels[]): string[] {
  return own(matchers)
    .filter(({ label }) => !series.some((labels) => label in labels))
    .map(({ label }) => `${metric} has no label ${label}`);
}

/** A matcher that selects nothing of what was seen is a misspelt value, unless it waits for a bad day. */
function unknownValues({ metric, matchers }: Selector, series: readonly Labels[], rare: ReadonlySet<string>): string[] {
  return own(matchers)
    .filter(({ label, operator, value }) => operator.startsWith('=') && series.some((labels) => label in labels) && !rare.has(`${label}="${value}"`))
    .filter(({ label, operator, value }) => {
      const matches = operator === '=' ? (text: string) => text === value : (text: string) => new RegExp(`^(?:${value})$`).test(text);
      return !series.some((labels) => matches(labels[label] ?? ''));
    })
    .map(({ label, operator, value }) => `no ${metric} was seen with ${label}${operator}"${value}"`);
}

function misused({ metric, around }: Selector, type: string, expr: string): string[] {
  const rated = ofCounters.has(around[0] ?? '');
  const counts = type === 'counter' || type === 'histogram';
  if (counts && !rated) return [`${metric} is a counter: it needs a rate`];
  if (!counts && rated) return [`${metric} is a ${type}: it has no rate`];
  if (around.includes('histogram_quantile')) {
    if (!metric.endsWith('_bucket')) return [`histogram_quantile reads buckets, not ${metric}`];
    if (!groupingLabelsIn(expr).includes('le')) return ['histogram_quantile needs le'];
  }
  return [];
}
