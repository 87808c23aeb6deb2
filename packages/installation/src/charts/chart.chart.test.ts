import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { preparePrometheus } from '@boxoffice/testing/prometheus';
import { describe, expect, test } from 'vitest';
import { rulesFolder, runbooksFolder } from '../monitoring/chart-files.ts';
import { alertsOf, readRuleFiles } from '../monitoring/rules.ts';
import { chartFolder, ciValues, type HelmMajor, helm } from './helm.ts';
import { type KubernetesObject, nameOf, objectsIn } from './objects.ts';
import { findings } from './policies.ts';

const run = promisify(execFile);
const majors: HelmMajor[] = [3, 4];
const render = (major: HelmMajor, ...more: string[]) => helm(major, 'template', 'hall', chartFolder, '--namespace', 'tickets', ...more);
async function rendered(...more: string[]): Promise<KubernetesObject[]> {
  const { code, output } = await render(3, ...more);
  expect({ code, output: code ? output : '' }).toEqual({ code: 0, output: '' });
  return objectsIn(output);
}
const sorted = (yaml: string) =>
  objectsIn(yaml)
    .map((object) => JSON.stringify(object))
    .sort();

describe.each(await ciValues())('values %s', (_, file) => {
  test.each(majors)('helm %i lints them without a warning', async (major) => {
    expect(await helm(major, 'lint', '--strict', chartFolder, '--values', file)).toMatchObject({
      code: 0,
      output: expect.stringContaining('0 chart(s) failed'),
    });
  });

  test('render the same bytes twice, and the same objects by helm 3 and 4', async () => {
    const [once, again, other] = [await render(3, '--values', file), await render(3, '--values', file), await render(4, '--values', file)];
    expect(again.output).toBe(once.output);
    expect(sorted(other.output)).toEqual(sorted(once.output));
  });

  test('break no policy', async () => {
    const objects = await rendered('--values', file);
    expect(objects.length).toBeGreaterThan(30);
    expect(findings(objects)).toEqual([]);
  });

  test('say no name twice', async () => {
    const names = (await rendered('--values', file)).map(nameOf);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

describe('what does not fit is refused, by name', () => {
  test.each([
    ['a mode nobody knows', ['--set', 'postgres.mode=rented'], /postgres/],
    ['external Kafka without brokers', ['--set', 'kafka.mode=external'], /kafka/],
    ['external Postgres without a Secret', ['--set', 'postgres.mode=external'], /postgres/],
    ['a value nobody reads', ['--set', 'gateway.replica=2'], /replica/],
  ])('%s', async (_, args, words) => {
    const { code, output } = await render(3, ...args);
    expect(code).not.toBe(0);
    expect(output).toMatch(words);
  });
});

test('a job whose pod changes has another name: jobs cannot be changed', async () => {
  const jobs = async (...more: string[]) => (await rendered(...more)).filter(({ kind }) => kind === 'Job').map(nameOf);
  const [before, after] = [await jobs(), await jobs('--set', 'image.tag=next')];
  expect(before.length).toBeGreaterThan(6);
  expect(before.filter((name) => after.includes(name))).toEqual([]);
});

test('whose replicas a HorizontalPodAutoscaler sets, the chart does not', async () => {
  const booking = async (...more: string[]) => (await rendered(...more)).find((object) => nameOf(object) === 'Deployment/hall-boxoffice-booking');
  expect((await booking())?.spec.replicas).toBe(1);
  expect((await booking('--set', 'booking.autoscaling.enabled=true'))?.spec).not.toHaveProperty('replicas');
});

test('a pod of one replica may be evicted', async () => {
  const budgets = (await rendered()).filter(({ kind }) => kind === 'PodDisruptionBudget');
  expect(budgets.map(nameOf)).toEqual([]);
});

describe('rules', () => {
  test('are what promtool takes', async () => {
    const { promtool } = await preparePrometheus();
    const files = (await readdir(rulesFolder)).map((name) => path.join(rulesFolder, name));
    const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-rules-'));
    const { stdout } = await run(promtool, ['check', 'rules', ...files], { cwd: folder }).finally(() => rm(folder, { recursive: true }));
    expect(stdout.match(/SUCCESS/g)).toHaveLength(files.length);
  });

  test('say how bad it is, what it means and where the runbook is; each has one, and no runbook is without an alert', async () => {
    const alerts = alertsOf(await readRuleFiles());
    const runbooks = (await readdir(runbooksFolder)).map((name) => name.replace('.md', ''));
    for (const rule of alerts) {
      expect(Object.keys(rule.annotations), rule.alert).toEqual(expect.arrayContaining(['summary', 'description']));
      expect(rule.labels.severity, rule.alert).toMatch(/^(page|ticket|warning|critical|info)$/);
    }
    expect([...new Set(alerts.map(({ alert }) => alert))].sort()).toEqual(runbooks.sort());
  });
});
