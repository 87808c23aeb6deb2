import { availableParallelism, cpus, totalmem } from 'node:os';
import { type Finding, markdown, verdictOf } from './report.ts';
import { scenarios } from './scenarios/index.ts';
import type { Stage } from './stage.ts';

/** Runs the chosen scenarios one after the other. Throws when one finds that a database does not hold what was answered. */
export async function full(stage: Stage, only: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, about, run } of scenarios.filter((scenario) => only.includes(scenario.name))) {
    stage.say(`${name}: ${about}`);
    const began = performance.now();
    for (const finding of await run(stage)) {
      findings.push(finding);
      stage.say(`${finding.measure}: ${finding.product} ${finding.beside && `· ${finding.beside} `}→ ${verdictOf(finding)}`);
    }
    stage.say(`${name} took ${Math.round((performance.now() - began) / 1000)} s`);
  }
  return findings;
}

/** The table with what it was measured on. */
export const tableOf = (findings: readonly Finding[], { rounds, seconds }: Pick<Stage, 'rounds' | 'seconds'>): string =>
  markdown(findings, [
    '# npm run bench',
    '',
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'unknown make'}, ${Math.round(totalmem() / 2 ** 30)} GB; loader, engines and all processes share them.`,
    `Medians of ${rounds} rounds of ${seconds} s; ± is half of what lies between the slowest and the fastest. Ratios count (those of lanes are medians of the rounds' ratios), absolutes are for orientation.`,
    'After each scenario the databases had exactly what was answered with 2xx, and no seat twice: otherwise there would be no table.',
  ]);

/** The findings as JSON. */
export const jsonOf = (findings: readonly Finding[]): string =>
  JSON.stringify(
    findings.map((finding) => ({
      measure: finding.measure,
      product: finding.product,
      beside: finding.beside,
      ratio: finding.ratio,
      figure: finding.judged?.figure,
      must: finding.judged?.target.must,
      goal: finding.judged?.target.goal,
      reached: verdictOf(finding),
      limit: finding.limit,
    })),
  );
