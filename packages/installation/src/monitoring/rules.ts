import { parse } from 'yaml';
import { z } from 'zod';
import { rulesFolder, textsIn } from './chart-files.ts';

const Labels = z.record(z.string(), z.string());
const AlertRule = z.strictObject({ alert: z.string(), expr: z.string(), for: z.string().optional(), labels: Labels, annotations: Labels });
const RecordingRule = z.strictObject({ record: z.string(), expr: z.string() });
const RuleFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.union([AlertRule, RecordingRule])) })),
});
type RuleFile = z.infer<typeof RuleFile>;
type AlertRule = z.infer<typeof AlertRule>;
export type RecordingRule = z.infer<typeof RecordingRule>;

/** The chart's rule files as promtool reads them; the installation they tell of is called `boxoffice`. */
export async function readRuleFiles(): Promise<Map<string, RuleFile>> {
  const texts = await textsIn(rulesFolder, '.yaml');
  return new Map([...texts].map(([name, text]) => [name, RuleFile.parse(parse(text))]));
}

const rulesOf = (files: ReadonlyMap<string, RuleFile>) => [...files.values()].flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));

/** Every alert; one of two severities is two. */
export const alertsOf = (files: ReadonlyMap<string, RuleFile>): AlertRule[] => rulesOf(files).filter((rule) => 'alert' in rule);

/** Every recording rule. */
export const recordsOf = (files: ReadonlyMap<string, RuleFile>): RecordingRule[] => rulesOf(files).filter((rule) => 'record' in rule);
