/**
 * `npm test`: gets the engines, runs every suite, ends with `N passed, N failed[, N skipped]`. Where an engine cannot be had, says which
 * suites are left out and why; under CI=true that is a failure. Arguments go to vitest: `npm test -- services/booking`.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { prepareKafka } from '@boxoffice/testing/kafka';
import { prepareRedis } from '@boxoffice/testing/redis';

type Result = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[]; name: string; message?: string }[];
};
const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, '.cache/test-results.json');

/** Names of the engines that cannot be had here, with why. */
async function missingEngines(): Promise<string[]> {
  const engines = { Redis: prepareRedis, Kafka: prepareKafka };
  const outcomes = await Promise.all(
    Object.entries(engines).map(([name, prepare]) =>
      prepare().then(
        () => undefined,
        (error: Error) => `${name}: ${error.message}`,
      ),
    ),
  );
  return outcomes.filter((outcome) => outcome !== undefined);
}

function vitest(args: string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

await mkdir(path.dirname(file), { recursive: true });
await rm(file, { force: true });
const missing = await missingEngines();
for (const words of missing) console.log(`Not to be had here – ${words}`);
if (missing.length) console.log('Left out: every .int.test.ts and .e2e.test.ts, for they need Postgres, Redis and Kafka.');
const code = await vitest(['--project', missing.length ? 'unit' : '!charts', ...process.argv.slice(2)]);
const result: Result | undefined = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
if (!result) {
  console.log('The test run gave no result: see above.\n0 passed, 1 failed');
  process.exit(1);
}
// A file that cannot be loaded, or whose hooks fail, has no failed test of its own: it counts as one.
const broken = result.testResults.filter(
  (suite) => suite.status === 'failed' && suite.assertionResults.every((test) => (test as { status: string }).status !== 'failed'),
).length;
const skipped = result.numPendingTests + result.numTodoTests;
const unmet = process.env.CI === 'true' && (missing.length > 0 || skipped > 0);
if (unmet) console.log('Under CI=true nothing may be skipped.');
const failed = result.numFailedTests + broken + (code !== 0 && result.numFailedTests + broken === 0 ? 1 : 0) + (unmet ? 1 : 0);
console.log(`\n${result.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed ? 1 : 0);
