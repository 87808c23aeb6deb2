/** `npm run test:charts`: gets helm and promtool, checks the charts without a cluster, ends with `N passed, N failed`. Arguments go to vitest. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { prepareHelm } from '../packages/installation/src/charts/helm.ts';
import { preparePrometheus } from '../packages/testing/src/prometheus.ts';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, '.cache/chart-results.json');

console.log('Getting helm 3, helm 4 and promtool where they are missing …');
await Promise.all([prepareHelm(3), prepareHelm(4), preparePrometheus()]).catch((error: Error) => {
  console.error(`${error.message}\n\n0 passed, 1 failed`);
  process.exit(1);
});
await mkdir(path.dirname(file), { recursive: true });
await rm(file, { force: true });
const args = ['run', '--project', 'charts', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...process.argv.slice(2)];
const child = spawn(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});
const code = await new Promise<number>((resolve) => child.on('exit', (status) => resolve(status ?? 1)));
const result: { numPassedTests: number; numFailedTests: number } | undefined = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
const failed = Math.max(result?.numFailedTests ?? 0, code === 0 ? 0 : 1);
console.log(`\n${result?.numPassedTests ?? 0} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
