import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

type Result = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
};
export type Totals = { passed: number; failed: number; skipped: number };

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, '.cache/test-results.json');

/** Runs vitest to its end with its own report; answers how many tests passed, failed and were skipped. A run that gave no result is one failure. */
export async function runVitest(args: readonly string[]): Promise<Totals> {
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const child = spawn(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reports, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number>((resolve) => child.on('exit', (status) => resolve(status ?? 1)));
  const result: Result | undefined = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (!result) {
    console.log('The test run gave no result: see above.');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A file that cannot be loaded, or whose hooks fail, has no failed test of its own: it counts as one.
  const broken = result.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.every(({ status }) => status !== 'failed'),
  ).length;
  const failed = result.numFailedTests + broken;
  return { passed: result.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: result.numPendingTests + result.numTodoTests };
}

/** The last line, and the end: code 1 when anything failed. */
export function endWith({ passed, failed, skipped }: Totals): never {
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exit(failed ? 1 : 0);
}
