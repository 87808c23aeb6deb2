import { describe, expect, test } from 'vitest';
import { clusterOf } from './cluster.ts';
import { chosen, runner, runSteps, type Step } from './runner.ts';

const cluster = clusterOf({
  namespace: 'n',
  image: 'localhost/a:1',
  nextImage: 'localhost/a:2',
  prometheusImage: 'prometheus',
  helmMajor: 3,
  print: () => {},
});
const stepOf = (name: string, after: string[] = [], work: Step['work'] = async () => {}): Step => ({ name, fact: `${name} is so`, after, work });
const fails = () => Promise.reject(new Error('the pod is gone'));

describe('running', () => {
  test('counts what passed and failed, and says why with what the cluster shows', async () => {
    const lines: string[] = [];
    const run = runner(
      (line) => lines.push(line),
      async () => 'pod-0: Pending',
    );
    await runSteps([stepOf('one'), stepOf('two', [], fails), stepOf('three')], cluster, run);
    expect(run.totals).toEqual({ passed: 2, failed: 1, skipped: 0 });
    expect(lines.join('\n')).toMatch(/two: two is so\n {2}FAILED after \d+\.\d s: the pod is gone\n {4}pod-0: Pending/);
  });

  test('skips what needs a step that failed, and what needs that', async () => {
    const ran: string[] = [];
    const noting = (name: string, after: string[]) => stepOf(name, after, async () => void ran.push(name));
    const run = runner(() => {});
    await runSteps([stepOf('one', [], fails), noting('two', ['one']), noting('three', ['two']), noting('four', [])], cluster, run);
    expect(ran).toEqual(['four']);
    expect(run.totals).toEqual({ passed: 1, failed: 1, skipped: 2 });
  });

  test('a cluster that shows nothing hides no failure', async () => {
    const lines: string[] = [];
    const run = runner((line) => lines.push(line), fails);
    expect(await run.step('one', 'it is so', () => Promise.reject(new Error('first')))).toBe(false);
    expect(lines.join('\n')).toMatch(/first\n.*the pod is gone/);
  });
});

describe('choosing', () => {
  const all = [stepOf('one'), stepOf('two', ['one']), stepOf('three', ['two']), stepOf('four', ['one'])];
  const names = (only: string[]) => chosen(all, only).map(({ name }) => name);
  test('takes all where none is named', () => expect(names([])).toEqual(['one', 'two', 'three', 'four']));
  test('takes what a step needs, in order', () => expect(names(['three'])).toEqual(['one', 'two', 'three']));
  test('takes several', () => expect(names(['four', 'two'])).toEqual(['one', 'two', 'four']));
  test('refuses a name nobody has, with those there are', () => expect(() => names(['five'])).toThrow(/no step five.*one, two, three, four/));
});
