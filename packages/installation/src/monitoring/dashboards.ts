import path from 'node:path';
import { z } from 'zod';
import { dashboardsFolder, textsIn } from './chart-files.ts';

const Datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.string() });
const GridPos = z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) });
const Step = z.strictObject({ color: z.enum(['green', 'yellow', 'red']), value: z.number().nullable() });
const Defaults = z.strictObject({
  unit: z.string(),
  min: z.number().optional(),
  max: z.number().optional(),
  decimals: z.int().optional(),
  noValue: z.string().optional(),
  thresholds: z.strictObject({ mode: z.literal('absolute'), steps: z.array(Step).min(1) }).optional(),
  custom: z.record(z.string(), z.unknown()).optional(),
});
const Target = z.strictObject({ refId: z.string(), expr: z.string(), legendFormat: z.string().optional(), instant: z.boolean().optional() });
const Row = z.strictObject({
  id: z.int(),
  type: z.literal('row'),
  title: z.string(),
  collapsed: z.literal(false),
  gridPos: GridPos,
  panels: z.array(z.never()),
});
const Panel = z.strictObject({
  id: z.int(),
  type: z.enum(['timeseries', 'stat', 'bargauge']),
  title: z.string(),
  description: z.string(),
  gridPos: GridPos,
  datasource: Datasource,
  fieldConfig: z.strictObject({ defaults: Defaults, overrides: z.array(z.never()) }),
  options: z.record(z.string(), z.unknown()),
  targets: z.array(Target).min(1),
});
const Variable = z.strictObject({
  name: z.string(),
  label: z.string(),
  type: z.enum(['datasource', 'query']),
  datasource: Datasource.optional(),
  query: z.string(),
  refresh: z.int().optional(),
  sort: z.int().optional(),
  multi: z.boolean().optional(),
  includeAll: z.boolean().optional(),
  allValue: z.string().optional(),
});
/** The part of Grafana's classic dashboard model that the chart's dashboards use. */
const Dashboard = z.strictObject({
  uid: z.string(),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.int(),
  editable: z.boolean(),
  graphTooltip: z.int(),
  refresh: z.string(),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  links: z.array(z.record(z.string(), z.unknown())),
  templating: z.strictObject({ list: z.array(Variable) }),
  panels: z.array(z.discriminatedUnion('type', [Row, Panel])),
});
export type Dashboard = z.infer<typeof Dashboard>;
export type Panel = z.infer<typeof Panel>;

/** The chart's dashboards by name ('overview'), in the order of reading. */
export async function readDashboards(): Promise<Map<string, Dashboard>> {
  const texts = await textsIn(dashboardsFolder, '.json');
  const parsed = [...texts].map(([file, text]) => [path.basename(file, '.json'), Dashboard.parse(JSON.parse(text))] as const);
  return new Map(parsed.sort(([one], [other]) => order.indexOf(one) - order.indexOf(other)));
}

const order = ['overview', 'requests', 'engines', 'sale', 'money'];

export const panelsOf = (dashboard: Dashboard): Panel[] => dashboard.panels.filter((panel) => panel.type !== 'row');

/** A panel's query as Prometheus is asked: for which installation, and with everything that can be chosen. */
export type PanelQuery = { name: string; expr: string };

/** Every query of a dashboard with Grafana's variables filled in. */
export function queriesOf(dashboard: Dashboard, installation: string): PanelQuery[] {
  return panelsOf(dashboard).flatMap(({ title, targets }) =>
    targets.map(({ refId, expr }) => ({ name: `${dashboard.uid}: ${title} ${refId}`, expr: filled(expr, installation) })),
  );
}

/** A scrape every 15 s makes Grafana's rate interval a minute; the range shown at first is an hour. */
const filled = (expr: string, installation: string): string =>
  expr.replaceAll('$installation', installation).replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h').replaceAll(/\$\w+/g, '.*');
