import type { Cluster } from './cluster.ts';

/** One thing that an installation must do or survive. */
export type Step = {
  /** What `--only` calls it. */
  name: string;
  /** The fact that it proves. */
  fact: string;
  /** Steps that must have passed: they are run first, and where one of them fails this one is skipped. */
  after: readonly string[];
  /** Proves it, says its figures by `cluster.say`, and leaves the release as it was found. Throws what is not so. */
  work(cluster: Cluster): Promise<void>;
};
export type Totals = { passed: number; failed: number; skipped: number };

export type Runner = {
  readonly totals: Totals;
  /** Runs and times one step. Answers whether it passed; a failure is printed with what the cluster shows. */
  step(name: string, fact: string, work: () => Promise<void>): Promise<boolean>;
  skip(name: string, why: string): void;
};

/** `look` tells what may explain a failure. */
export function runner(print: (line: string) => void, look: () => Promise<string> = async () => ''): Runner {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  return {
    totals,
    async step(name, fact, work) {
      print(`\n${name}: ${fact}`);
      const began = performance.now();
      const seconds = () => `${((performance.now() - began) / 1_000).toFixed(1)} s`;
      try {
        await work();
        totals.passed++;
        print(`  passed in ${seconds()}`);
        return true;
      } catch (error) {
        totals.failed++;
        print(`  FAILED after ${seconds()}: ${error instanceof Error ? error.message : error}`);
        print(indented(await look().catch((second: Error) => `and the cluster does not tell why: ${second.message}`)));
        return false;
      }
    },
    skip(name, why) {
      totals.skipped++;
      print(`\n${name}: skipped, ${why}`);
    },
  };
}

const indented = (text: string) => text.trimEnd().replace(/^/gm, '    ');

/** Runs the steps in order; what needs a step that did not pass is skipped. */
export async function runSteps(steps: readonly Step[], cluster: Cluster, { step, skip }: Runner): Promise<void> {
  const missing = new Set<string>();
  for (const { name, fact, after, work } of steps) {
    const lacking = after.find((needed) => missing.has(needed));
    if (lacking) skip(name, `${lacking} did not pass`);
    if (lacking || !(await step(name, fact, () => work(cluster)))) missing.add(name);
  }
}

/** The named steps and all they need, in order; all of them where none is named. Throws an Error that lists the names when one is unknown. */
export function chosen(steps: readonly Step[], only: readonly string[]): Step[] {
  if (only.length === 0) return [...steps];
  const byName = new Map(steps.map((step) => [step.name, step]));
  const wanted = new Set<string>();
  const want = (name: string) => {
    const step = byName.get(name);
    if (!step) throw new Error(`There is no step ${name}: choose among ${[...byName.keys()].join(', ')}.`);
    if (wanted.has(name)) return;
    wanted.add(name);
    step.after.forEach(want);
  };
  only.forEach(want);
  return steps.filter(({ name }) => wanted.has(name));
}

/** What `work` answers, and how long it took. */
export async function timed<T>(work: () => Promise<T>): Promise<[answer: T, took: string]> {
  const began = performance.now();
  const answer = await work();
  return [answer, `${((performance.now() - began) / 1_000).toFixed(1)} s`];
}
