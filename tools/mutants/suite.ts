import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a run of tests came to. `first`: title and words of the first that failed. */
export type Outcome = { passed: number; failed: number; first: { title: string; words: string } | undefined; seconds: number };

type Report = {
  numPassedTests: number;
  testResults: { status: string; message: string; assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[];
};

const running = new Set<ChildProcess>();
/** Ends the runs that are under way. */
export const stopRuns = (): void => running.forEach((child) => void child.kill('SIGTERM'));

/** A guard that is gone may leave a test waiting for ever: such a test fails after this time. */
const testTimeoutMs = 30_000;

/** Runs test files in a tree, with the engines they ask for and no others. Throws when vitest gave no report. */
export async function runTests(tree: string, files: readonly string[], only?: string): Promise<Outcome> {
  const report = path.join(tree, '.cache', 'report.json');
  await rm(report, { force: true });
  const args = ['run', '--reporter=json', `--outputFile.json=${report}`, `--testTimeout=${testTimeoutMs}`, ...(only ? ['-t', only] : []), ...files];
  const env = { ...process.env, BOXOFFICE_TEST_ENGINES: await enginesOf(tree, files) };
  const from = performance.now();
  const said = await end(spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], { cwd: tree, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  const seconds = (performance.now() - from) / 1000;
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`vitest gave no report on ${files.join(' ')}:\n${said}`);
  return { ...summary(JSON.parse(text)), seconds };
}

/** Kafka takes 3 s to start and Redis is hardly used: a run starts what its files name. */
async function enginesOf(tree: string, files: readonly string[]): Promise<string> {
  const texts = await Promise.all(files.map((file) => readFile(path.join(tree, file), 'utf8')));
  return texts.some((text) => /redisUrl|kafkaBrokers/.test(text)) ? 'all' : 'postgres';
}

function end(child: ChildProcess): Promise<string> {
  running.add(child);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      running.delete(child);
      resolve(Buffer.concat(chunks).toString());
    });
  });
}

function summary({ numPassedTests, testResults }: Report): Omit<Outcome, 'seconds'> {
  const failures = testResults.flatMap(({ status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const told = failed.map(({ fullName, failureMessages }) => ({ title: fullName.trim(), words: failureMessages.join('\n') }));
    // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
    return status === 'failed' && told.length === 0 ? [{ title: 'the file itself', words: message }] : told;
  });
  return { passed: numPassedTests, failed: failures.length, first: failures[0] };
}
