import { type Panel, panelQueries } from './dashboards.ts';

/** One series at one moment, as Prometheus tells it. */
export type Sample = { metric: Record<string, string>; value: [at: number, value: string] };

/** What a panel shows: its lines by name, without those that are no number (a rate of nothing). */
export type PanelAnswer = { title: string; unit: string; queries: number; answered: number; lines: { name: string; value: number }[] };

/** Asks all queries of a panel; throws what Prometheus says about one that is none. */
export async function answerOf(panel: Panel, installation: string, query: (expr: string) => Promise<Sample[]>): Promise<PanelAnswer> {
  const answers = await Promise.all(
    panelQueries(panel, installation).map(async ({ expr, legend }) =>
      (await query(expr)).map(({ metric, value: [, value] }) => ({ name: named(legend, metric), value: Number(value) })).filter(isNumber),
    ),
  );
  const { title, fieldConfig } = panel;
  const unit = fieldConfig.defaults.unit;
  return { title, unit, queries: answers.length, answered: answers.filter(({ length }) => length > 0).length, lines: answers.flat() };
}

const isNumber = ({ value }: { value: number }) => !Number.isNaN(value);

/** `{{label}}` of a legend replaced, as Grafana does. */
const named = (legend: string, labels: Record<string, string>): string =>
  legend
    .replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '')
    .trim()
    .replaceAll(/ {2,}/g, ' ');

/** So many lines are told; the largest first, for they are what a look at the panel finds. */
const most = 4;

/** One line for people: 'won 3.1 /s, refused 0.2 /s'. */
export function answerLine({ unit, lines }: PanelAnswer): string {
  if (lines.length === 0) return '–';
  const told = [...lines].sort((one, other) => other.value - one.value).slice(0, most);
  const words = told.map(({ name, value }) => `${name} ${inUnit(value, unit)}`.trim());
  return [...words, ...(lines.length > most ? [`${lines.length - most} more`] : [])].join(', ');
}

const perSecond: Readonly<Record<string, string>> = { cps: ' /s', ops: ' /s', reqps: ' /s' };

function inUnit(value: number, unit: string): string {
  if (unit === 'percentunit') return `${short(value * 100)} %`;
  if (unit === 's') return Math.abs(value) < 1 ? `${short(value * 1_000)} ms` : `${short(value)} s`;
  if (unit === 'bytes') return `${short(value / 2 ** 20)} MiB`;
  return `${short(value)}${perSecond[unit] ?? ''}`;
}

const short = (value: number): string => String(Number.isInteger(value) || Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(2)));
