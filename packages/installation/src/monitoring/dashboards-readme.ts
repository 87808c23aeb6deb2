import { units } from './dashboard-checks.ts';
import type { Dashboard, Panel } from './dashboards.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');

/** What a panel shows in colour: 'red from 60', 'red below 1'. */
function colours({ fieldConfig: { defaults } }: Panel): string {
  const [first, ...rest] = defaults.thresholds?.steps ?? [];
  const inverse = first && first.color !== 'green' && rest[0] ? [`${first.color} below ${rest[0].value}`] : [];
  return [...inverse, ...rest.filter(({ color }) => color !== 'green').map(({ color, value }) => `${color} from ${value}`)].join(', ');
}

function rows({ panels }: Dashboard): string[] {
  return panels.map((panel) =>
    panel.type === 'row'
      ? `| **${panel.title}** | | | |`
      : `| ${cell(panel.title)} | ${cell(panel.description)} | ${units[panel.fieldConfig.defaults.unit]} | ${colours(panel)} |`,
  );
}

/** The page that says which question each panel answers. */
export function readmeOf(dashboards: ReadonlyMap<string, Dashboard>): string {
  const pages = [...dashboards].map(([name, dashboard]) =>
    [
      `## ${dashboard.title.replace('Box Office / ', '')} – \`${name}.json\``,
      `${dashboard.description} (\`/d/${dashboard.uid}\`)`,
      '',
      '| panel | what it answers | in | colour |\n|---|---|---|---|',
      ...rows(dashboard),
    ].join('\n'),
  );
  return `${head}\n${pages.join('\n\n')}\n`;
}

const head = `<!-- Generated from the dashboards beside it: \`npm run test:charts -- dashboards -u\` writes it, and the same without -u refuses what differs. -->
# Dashboards

For Grafana ≥ 10, on any Prometheus that scrapes as the chart's ServiceMonitor does and evaluates its rules. \`monitoring.dashboards.enabled\` makes a
ConfigMap of each, labelled \`grafana_dashboard: "1"\`, for Grafana's sidecar; or import the files. At the top of each: which Prometheus, which installation.
Engines are seen as the processes see them: for PostgreSQL's, Redis' and Kafka's own figures use their exporters' dashboards.
`;
