import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { chartFolder } from './helm.ts';
import { type Value, valuesIn } from './values.ts';

export const chartReadmeFile = path.join(chartFolder, 'README.md');

const inCell = (text: string) => text.replaceAll('|', '\\|');
/** Outside of backticks a < would begin an element. */
const prose = (text: string) =>
  inCell(text)
    .split('`')
    .map((part, at) => (at % 2 ? part : part.replaceAll('<', '&lt;')))
    .join('`');
const code = (text: string) => `\`${inCell(text)}\``;
const asText = (value: unknown) =>
  value === '' ? '""' : stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();

/** A Markdown table of values: name, default, meaning. */
export const tableOf = (values: readonly Value[]): string =>
  [
    '| value | default | meaning |',
    '|---|---|---|',
    ...values.map(({ path: at, byDefault, meaning = '' }) => {
      return `| ${code(at.join('.'))} | ${code(asText(byDefault))} | ${prose(meaning)} |`;
    }),
  ].join('\n');

/** README.md of the chart: what it is, and every value by its first name. */
export async function chartReadme(): Promise<string> {
  const [chart, text] = await Promise.all(['Chart.yaml', 'values.yaml'].map((name) => readFile(path.join(chartFolder, name), 'utf8')));
  const { name, description, kubeVersion } = parse(chart ?? '');
  const sections = Map.groupBy(valuesIn(text ?? ''), ({ path: at }) => (at.length > 1 ? (at[0] ?? '') : 'names'));
  return `<!-- Made of values.yaml by \`npm run generate\`: change that file, not this one. -->
# ${name}

${description}. Kubernetes ${kubeVersion.replace(/\.\d+-0$/, '')}, Helm 3 and 4. One image serves all processes; without a value PostgreSQL, Redis and Kafka run beside them.

Install, upgrade and check it: [charts](../README.md) · run it for real: [production](../PRODUCTION.md) · values for \`--values\` to begin with: [ci](ci) ·
what an alert wants of you: [runbooks](runbooks) · what each panel answers: [dashboards](dashboards/README.md)

${[...sections].map(([section, values]) => `## ${section}\n${tableOf(values)}`).join('\n\n')}
`;
}
