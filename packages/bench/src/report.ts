import { rounded } from './statistics.ts';

/** What must be reached and what we aim at; `less` when smaller is better. */
export type Target = { must: number; goal: number; better: 'more' | 'less' };

/** One line of the table. */
export type Finding = {
  measure: string;
  /** What the product did, with its unit. */
  product: string;
  /** What it is set beside: the baseline or a ceiling, with its unit. */
  beside: string;
  /** Product ÷ what it is set beside; undefined where that says nothing. */
  ratio: number | undefined;
  /** The figure that is judged, and the target it is judged by. */
  judged?: { figure: number; target: Target };
  /** What stood in the way: which core was full, which statement. Told where a goal is missed. */
  limit: string | undefined;
};

export type Verdict = 'goal' | 'must' | 'NO' | '–';

/** Which of its targets a finding reaches. */
export function verdictOf({ judged }: Pick<Finding, 'judged'>): Verdict {
  if (!judged) return '–';
  const { figure, target } = judged;
  const reaches = (bound: number) => (target.better === 'more' ? figure >= bound : figure <= bound);
  if (reaches(target.goal)) return 'goal';
  return reaches(target.must) ? 'must' : 'NO';
}

const head = ['measure', 'product', 'baseline / ceiling', 'ratio', 'must', 'goal', 'reached?'];

/** The table, and below it what stood in the way of each goal that is missed. */
export function markdown(findings: readonly Finding[], about: readonly string[]): string {
  const rows = findings.map((finding) => {
    const bound = (name: 'must' | 'goal') =>
      finding.judged ? `${finding.judged.target.better === 'more' ? '≥' : '≤'} ${told(finding.judged.target[name])}` : '';
    const ratio = finding.ratio === undefined ? '' : told(rounded(finding.ratio));
    return [finding.measure, finding.product, finding.beside, ratio, bound('must'), bound('goal'), verdictOf(finding)];
  });
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const missed = findings.filter((finding) => finding.limit && ['must', 'NO'].includes(verdictOf(finding)));
  return [
    ...about,
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    ...(missed.length > 0 ? ['', 'What stood in the way of the goals that are missed:'] : []),
    ...missed.map(({ measure, limit }) => `- ${measure}: ${limit}`),
  ].join('\n');
}

/** A figure as people read it: 12,345 or 0.25. */
export const told = (figure: number): string =>
  Math.abs(figure) >= 100 ? Math.round(figure).toLocaleString('en') : String(Number(figure.toPrecision(3)));

/** Something per second, with the spread of its rounds. */
export const perSecond = (figure: number, spread?: number): string =>
  `${told(figure)}/s${spread === undefined ? '' : ` ±${Math.round(spread * 50)} %`}`;

export const ms = (figure: number): string => `${told(figure)} ms`;
