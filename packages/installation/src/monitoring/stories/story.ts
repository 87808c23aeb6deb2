import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { rulesFolder } from '../chart-files.ts';
import { alertsOf, readRuleFiles } from '../rules.ts';

/** What is seen minute by minute, and what people are told of it. */
export type Story = {
  /** The fact that it proves. */
  title: string;
  alert: string;
  severity: 'critical' | 'warning';
  /** Series without their installation, each with promtool's values, one a minute: '0x5' is six zeros, '0+2x5' is 0, 2, 4 … 10. */
  series: Record<string, string>;
  /** Labels that tell which part of the installation it is. */
  labels?: Record<string, string>;
  /** Minute → the description that people read then. */
  says?: Record<number, string>;
  /** Minutes when nobody is told anything, by this alert in any severity. */
  silent: number[];
};

const run = promisify(execFile);
const files = await readRuleFiles();
const recordings = [...files.keys()].filter((name) => name.startsWith('recording-'));

/** Tells a story to promtool, over the alert's rules and all recordings; throws what it says when anything else is told, or in another minute. */
export async function tell(promtool: string, story: Story): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-story-'));
  const file = path.join(folder, 'story.yaml');
  try {
    await writeFile(file, stringify(testOf(story)));
    await run(promtool, ['test', 'rules', file]);
  } catch (error) {
    if (error instanceof Error && 'stderr' in error && 'stdout' in error) throw new Error(`${error.stdout}${error.stderr}`);
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function testOf({ alert, severity, series, labels = {}, says = {}, silent }: Story): object {
  const rule = alertsOf(files).find((one) => one.alert === alert && one.labels.severity === severity);
  if (!rule) throw new Error(`There is no alert ${alert} of severity ${severity}.`);
  const input_series = Object.entries(series).map(([name, values]) => ({ series: ofInstallation(name), values }));
  const told = Object.entries(says).map(([minute, description]) => ({
    eval_time: `${minute}m`,
    alertname: alert,
    exp_alerts: [{ exp_labels: { installation: 'boxoffice', severity, ...labels }, exp_annotations: { ...rule.annotations, description } }],
  }));
  const untold = silent.map((minute) => ({ eval_time: `${minute}m`, alertname: alert, exp_alerts: [] }));
  const names = [...recordings, `${alert}.yaml`];
  return {
    rule_files: names.map((name) => path.join(rulesFolder, name)),
    evaluation_interval: '1m',
    // promtool shuffles groups that are not in the list: what alerts read is recorded before them.
    group_eval_order: names.flatMap((name) => files.get(name)?.groups ?? []).map(({ name }) => name),
    tests: [{ interval: '1m', input_series, alert_rule_test: [...told, ...untold] }],
  };
}

const ofInstallation = (name: string) => (name.includes('{') ? name.replace('{', '{installation="boxoffice",') : `${name}{installation="boxoffice"}`);
