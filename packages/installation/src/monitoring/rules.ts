import { parse } from 'yaml';
import { z } from 'zod';
import { rulesFolder, textsIn } from './chart-files.ts';

const Labels = z.record(z.string(), z.string());
const AlertRule = z.strictObject({ alert: z.string(), expr: z.string(), for: z.string().optional(), labels: Labels, annotations: Labels });
const RecordingRule = z.strictObject({ record: z.string(), expr: z.string() });
const RuleFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.union([AlertRule, RecordingRule])) })),
});
export type RuleFile = z.infer<typeof RuleFile>;
export type AlertRule = z.infer<typeof AlertRule>;
export type RecordingRule = z.infer<typeof RecordingRule>;

/** The chart's rule files as promtool reads them; the installation they tell of is called `boxoffice`. */
export async function readRuleFiles(): Promise<Map<string, RuleFile>> {
  const texts = await textsIn(rulesFolder, '.yaml');
  return new Map([...texts].map(([name, text]) => [name, RuleFile.parse(parse(text))]));
}

const rulesOf = (files: ReadonlyMap<string, RuleFile>) =>
  [...files].flatMap(([file, { groups }]) => groups.flatMap(({ rules }) => rules.map((rule) => ({ file, rule }))));

/** Every alert with the file it is in; an alert of two severities is two. */
export const alertsOf = (files: ReadonlyMap<string, RuleFile>): { file: string; rule: AlertRule }[] =>
  rulesOf(files).flatMap(({ file, rule }) => ('alert' in rule ? [{ file, rule }] : []));

/** Every recording rule. */
export const recordsOf = (files: ReadonlyMap<string, RuleFile>): RecordingRule[] =>
  rulesOf(files).flatMap(({ rule }) => ('record' in rule ? [rule] : []));

export type Faster = {
  /** Instead of every alert's `for`: '2s'. */
  for: string;
  /** By alert: the number its expression ends with. */
  thresholds?: Record<string, number>;
};

/** The same rules for a test that cannot wait. Throws for a threshold of an alert that has none, or that is not there. */
export function shortened(files: ReadonlyMap<string, RuleFile>, faster: Faster): RuleFile {
  const unused = new Set(Object.keys(faster.thresholds ?? {}));
  const shorter = (rule: AlertRule | RecordingRule) => {
    if (!('alert' in rule)) return rule;
    const threshold = faster.thresholds?.[rule.alert];
    if (threshold === undefined) return { ...rule, ...(rule.for && { for: faster.for }) };
    if (!/> [\d.]+$/.test(rule.expr)) throw new Error(`${rule.alert} has no single threshold`);
    unused.delete(rule.alert);
    return { ...rule, ...(rule.for && { for: faster.for }), expr: rule.expr.replace(/[\d.]+$/, String(threshold)) };
  };
  const groups = [...files.values()].flatMap((file) => file.groups.map(({ name, rules }) => ({ name, rules: rules.map(shorter) })));
  if (unused.size > 0) throw new Error(`no such alert: ${[...unused].join(', ')}`);
  return { groups };
}
