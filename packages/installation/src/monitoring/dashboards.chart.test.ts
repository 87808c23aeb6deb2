import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { chartFolder, helm } from '../charts/helm.ts';
import { objectsIn } from '../charts/objects.ts';
import { dashboardsFolder } from './chart-files.ts';
import { dashboardRules, faultsOfDashboard } from './dashboard-checks.ts';
import { type Dashboard, type Panel, panelsOf, readDashboards } from './dashboards.ts';
import { readmeOf } from './dashboards-readme.ts';

const dashboards = await readDashboards();

test.each([...dashboards])('%s keeps every rule', (name, dashboard) => expect(faultsOfDashboard(dashboard, name)).toEqual([]));

describe('a rule is broken by a bad example, and it alone', () => {
  const first = ({ panels: [, panel] }: Dashboard) => panel as Panel; // the one behind the row
  const breaks: Record<string, (dashboard: Dashboard) => void> = {
    'a uid that stays': (dashboard) => Object.assign(dashboard, { uid: 'a8f3' }),
    'ids told apart': (dashboard) => Object.assign(first(dashboard), { id: 1 }),
    'the installation and the Prometheus can be chosen': ({ templating: { list } }) => list.reverse(),
    'the chosen Prometheus is asked': (dashboard) => Object.assign(first(dashboard).datasource, { uid: 'mine' }),
    'a question each': (dashboard) => Object.assign(first(dashboard), { description: 'Alerts.' }),
    'a unit each': (dashboard) => Object.assign(first(dashboard).fieldConfig.defaults, { unit: 'furlongs' }),
    'one number has a colour': (dashboard) => void delete first(dashboard).fieldConfig.defaults.thresholds,
    'thresholds rise from nothing': (dashboard) => first(dashboard).fieldConfig.defaults.thresholds?.steps.reverse(),
    'no panel over another': (dashboard) => Object.assign(first(dashboard).gridPos, { y: 0 }),
    'inside the page': (dashboard) => Object.assign(first(dashboard).gridPos, { x: 23, y: 100 }),
    'queries told apart': ({ panels }) => (panels.at(-1) as Panel).targets.forEach((target) => void Object.assign(target, { refId: 'A' })),
    'many lines have names': ({ panels }) => void delete (panels.at(-1) as Panel).targets[0]?.legendFormat,
    'variables that are there': (dashboard) =>
      Object.assign(first(dashboard).targets[0] ?? {}, { expr: 'up{installation="$installation",pod="$pod"}' }),
    'queries are PromQL of this installation': (dashboard) => Object.assign(first(dashboard).targets[0] ?? {}, { expr: 'sum(up)' }),
  };

  test.each(Object.keys(dashboardRules))('%s', (rule) => {
    const dashboard = structuredClone(dashboards.get('overview'));
    if (!dashboard) return expect.fail('no overview');
    breaks[rule]?.(dashboard);
    expect([...new Set(faultsOfDashboard(dashboard, 'overview').map((fault) => fault.split(': ')[0]))]).toEqual([rule]);
  });
});

test('each becomes a ConfigMap that Grafana finds, far below the megabyte it may have', async () => {
  const { code, output } = await helm(3, 'template', 'hall', chartFolder, '--set', 'monitoring.dashboards.enabled=true');
  expect({ code, output: code ? output : '' }).toEqual({ code: 0, output: '' });
  const maps = objectsIn(output).filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels.grafana_dashboard === '1');
  const found = maps.flatMap(({ data }) => Object.entries<string>(data));
  expect(found.map(([file, text]) => [file, JSON.parse(text)])).toEqual(
    expect.arrayContaining([...dashboards].map(([name, dashboard]) => [`${name}.json`, dashboard])),
  );
  expect(found).toHaveLength(dashboards.size);
  for (const [file, text] of found) expect(Buffer.byteLength(text), file).toBeLessThan(256 * 1024);
});

test('the page beside them says what each panel answers', async () => {
  expect([...dashboards.values()].flatMap(panelsOf).length).toBeGreaterThan(60);
  await expect(readmeOf(dashboards)).toMatchFileSnapshot(path.join(dashboardsFolder, 'README.md'));
});
