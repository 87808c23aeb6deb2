import { type Dashboard, type Panel, panelsOf, queriesOf } from './dashboards.ts';
import { faultIn, selectorsIn } from './promql.ts';

/** What is wrong with a dashboard, one line each; `name` is its file's. */
type Rule = (dashboard: Dashboard, name: string) => string[];

const ofPanels =
  (check: (panel: Panel, dashboard: Dashboard) => string[]): Rule =>
  (dashboard) =>
    panelsOf(dashboard).flatMap((panel) => check(panel, dashboard).map((fault) => `"${panel.title}" ${fault}`));
const must = (isGood: boolean, fault: string) => (isGood ? [] : [fault]);
const twice = <T>(all: readonly T[]): T[] => all.filter((one, at) => all.indexOf(one) !== at);

/** Grafana's units that panels use, in words. */
export const units: Readonly<Record<string, string>> = {
  none: 'number',
  bytes: 'bytes',
  percentunit: 'share',
  s: 'seconds',
  cps: 'a second',
  ops: 'calls a second',
  reqps: 'requests a second',
};
const builtIn = ['__rate_interval', '__range'];
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana names its variables like this
const datasource = '${datasource}';

/** What every dashboard of the chart keeps, each proven by a dashboard that breaks it alone. */
export const dashboardRules: Record<string, Rule> = {
  'a uid that stays': ({ uid }, name) => must(uid === `boxoffice-${name}`, `its uid is ${uid}: links and bookmarks know it as boxoffice-${name}`),
  'ids told apart': ({ panels }) => twice(panels.map(({ id }) => id)).map((id) => `two panels have id ${id}`),
  'the installation and the Prometheus can be chosen': ({ templating: { list } }) =>
    ['datasource', 'installation'].flatMap((name) => must(list[0]?.name === 'datasource' && list.some((one) => one.name === name), `no ${name}`)),
  'the chosen Prometheus is asked': (dashboard) => [
    ...ofPanels((panel) => must(panel.datasource.uid === datasource, `asks ${panel.datasource.uid}`))(dashboard, ''),
    ...dashboard.templating.list.filter((one) => one.datasource && one.datasource.uid !== datasource).map(({ name }) => `${name} asks another`),
  ],
  'a question each': ofPanels(({ description }) => must(/^\p{Lu}[^?]*\?/u.test(description), 'says no question that it answers')),
  'a unit each': ofPanels(({ fieldConfig: { defaults } }) => must(defaults.unit in units, `has a unit nobody knows: ${defaults.unit}`)),
  'one number has a colour': ofPanels(({ type, fieldConfig: { defaults } }) => must(type !== 'stat' || !!defaults.thresholds, 'has no thresholds')),
  'thresholds rise from nothing': ofPanels(({ fieldConfig: { defaults } }) => {
    const values = (defaults.thresholds?.steps ?? [{ value: null }]).map(({ value }) => value ?? Number.NEGATIVE_INFINITY);
    const rises = values.every((value, at) => at === 0 || value > (values[at - 1] ?? value));
    return must(values[0] === Number.NEGATIVE_INFINITY && rises, 'has thresholds that do not rise');
  }),
  'no panel over another': ({ panels }) =>
    panels.flatMap((one, at) => panels.slice(at + 1).flatMap((other) => must(!overlap(one, other), `"${one.title}" lies over "${other.title}"`))),
  'inside the page': ({ panels }) => panels.flatMap(({ title, gridPos: { x, w } }) => must(x + w <= 24, `"${title}" is wider than the page`)),
  'queries told apart': ofPanels(({ targets }) => twice(targets.map(({ refId }) => refId)).map((refId) => `has two queries ${refId}`)),
  'many lines have names': ofPanels(({ type, targets }) =>
    must(type === 'stat' || targets.every(({ legendFormat }) => legendFormat), 'has a query without a legend'),
  ),
  'variables that are there': ofPanels(({ targets }, { templating }) => {
    const known = [...builtIn, ...templating.list.map(({ name }) => name)];
    const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name));
    return used.filter((name) => !known.includes(name)).map((name) => `uses $${name}, which nobody can choose`);
  }),
  'queries are PromQL of this installation': (dashboard) =>
    queriesOf(dashboard, 'here').flatMap(({ name, expr }) => {
      const fault = faultIn(expr);
      if (fault) return [`${name}: ${fault}`];
      const foreign = selectorsIn(expr).filter(({ matchers }) => !matchers.some(({ label, value }) => label === 'installation' && value === 'here'));
      return foreign.map(({ metric }) => `${name}: ${metric} of every installation`);
    }),
};

function overlap({ gridPos: one }: Dashboard['panels'][number], { gridPos: other }: Dashboard['panels'][number]): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}

/** Every broken rule of a dashboard, with what breaks it. */
export const faultsOfDashboard = (dashboard: Dashboard, name: string): string[] =>
  Object.entries(dashboardRules).flatMap(([rule, check]) => check(dashboard, name).map((fault) => `${rule}: ${fault}`));
