/** `npm run check`: format, lint, boundaries, types, generated code. Runs them side by side and prints what failed. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
type Outcome = { ok: boolean; output: string };

function run(command: string, args: string[], cwd = root): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '0' } });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ ok: false, output: String(error) }));
    child.on('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }));
  });
}

/** Generates the gRPC code again and compares it with what is committed. */
async function generatedCode(): Promise<Outcome> {
  const contracts = path.join(root, 'packages/contracts');
  const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-generated-'));
  try {
    const made = await run('buf', ['generate', '--output', folder], contracts);
    if (!made.ok) return made;
    const name = 'src/grpc/seat_allocation_pb.ts';
    const [fresh, committed] = await Promise.all([readFile(path.join(folder, name), 'utf8'), readFile(path.join(contracts, name), 'utf8')]);
    return fresh === committed ? made : { ok: false, output: `${name} differs from its .proto: run \`npm run generate\`.` };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const checks: Record<string, () => Promise<Outcome>> = {
  'format and lint (biome)': () => run('biome', ['ci', '--colors=off', '--max-diagnostics=50']),
  'boundaries and sizes (eslint)': () => run('eslint', ['.', '--max-warnings=0']),
  'types (tsc)': () => run(process.execPath, [path.join(root, 'node_modules/typescript7/bin/tsc'), '-p', 'tsconfig.json']),
  'rules catch bad files': () => run('vitest', ['run', '--project', 'unit', 'tools/lint', '--reporter=dot']),
  'generated code (buf)': generatedCode,
};

const began = performance.now();
const failed = await Promise.all(
  Object.entries(checks).map(async ([name, check]) => {
    const { ok, output } = await check();
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} – ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return ok ? undefined : `\n── ${name}\n${output}`;
  }),
);
const words = failed.filter((text) => text !== undefined);
for (const text of words) console.log(text);
console.log(words.length ? `\n${words.length} of ${failed.length} checks failed.` : `All ${failed.length} checks passed.`);
process.exit(words.length ? 1 : 0);
