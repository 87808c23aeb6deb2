/** `npm run mutants`: takes one guard away at a time, in copies of the tree, and shows that the suite notices each. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { copyTree } from './mutants/copy.ts';
import { mutants } from './mutants/list.ts';
import { editsOf, type Mutant, mutated } from './mutants/mutant.ts';
import { type Outcome, runTests, stopRuns } from './mutants/suite.ts';

const root = path.resolve(import.meta.dirname, '..');
/** Tried side by side, each in a copy of its own; every run has a PostgreSQL server and a test process. */
const lanes = 2;
/** A failure in these words is the mutant's own mistake: what does not run proves nothing about a guard. */
const nonsense =
  /syntax error at|is ambiguous|column .* does not exist|missing FROM-clause|ReferenceError|SyntaxError|Transform failed|is not a function/;

const help = `npm run mutants -- [--only <name,…>] [--list]

  --only <names>   only these, separated by commas
  --list           names them and what each takes away

Ends with "N of N guards caught"; 0 when all are, 1 when one survives, 2 on words it does not know.`;

function fail(why: string): never {
  console.error(`${why}\n\n${help}`);
  process.exit(2);
}

function arguments_() {
  try {
    return parseArgs({ options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const given = arguments_();
if (given.help) {
  console.log(help);
  process.exit(0);
}
const names = given.only?.flatMap((list) => list.split(','));
const unknown = names?.filter((name) => !mutants.some((mutant) => mutant.name === name)) ?? [];
if (unknown.length > 0) fail(`no such mutants: ${unknown.join(', ')}; see --list`);
const chosen = names ? mutants.filter(({ name }) => names.includes(name)) : mutants;
if (given.list) {
  for (const { name, guard, file } of chosen) console.log(`${name} · ${guard} · ${file}`);
  process.exit(0);
}

/** The files of a mutant in this tree with the guard gone; answers what puts them back. */
async function apply(tree: string, mutant: Mutant): Promise<() => Promise<void>> {
  const before = new Map<string, string>();
  for (const edit of editsOf(mutant)) {
    const file = path.join(tree, edit.file);
    const text = await readFile(file, 'utf8');
    if (!before.has(file)) before.set(file, text);
    await writeFile(file, mutated(text, edit));
  }
  return async () => {
    for (const [file, text] of before) await writeFile(file, text);
  };
}

function verdict({ only }: Mutant, { failed, first, passed }: Outcome): { caught: boolean; by: string } {
  if (first === undefined) return { caught: false, by: passed === 0 ? 'NO TEST RAN' : `SURVIVED ${passed} tests` };
  if (passed === 0 && !only) return { caught: false, by: `NOTHING WORKS WITHOUT IT: ${first.title}` };
  if (nonsense.test(first.words)) return { caught: false, by: `DOES NOT RUN: ${first.words.slice(0, 300)}` };
  return { caught: true, by: failed > 1 ? `${first.title} (+${failed - 1})` : first.title };
}

async function tryMutant(tree: string, mutant: Mutant): Promise<boolean> {
  const restore = await apply(tree, mutant);
  const outcome = await runTests(tree, mutant.tests, mutant.only).finally(restore);
  const { caught, by } = verdict(mutant, outcome);
  console.log(`| ${mutant.guard} | ${mutant.name} | ${by} | ${outcome.seconds.toFixed(1)} |`);
  return caught;
}

/** Without this a suite that is red for another reason would look like one that catches everything. */
async function requireGreen(tree: string): Promise<void> {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  const { passed, failed, first, seconds } = await runTests(tree, files);
  if (failed > 0) throw new Error(`the suite is red before any guard is gone: ${first?.title}\n${first?.words}`);
  console.log(`Nothing removed: ${passed} tests of ${files.length} files pass in ${seconds.toFixed(0)} s.\n`);
}

const folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-mutants-'));
const clean = () => rm(folder, { recursive: true, force: true });
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopRuns();
    void clean().finally(() => process.exit(1));
  });

try {
  const began = performance.now();
  const trees = Array.from({ length: Math.min(lanes, chosen.length) }, (_, lane) => path.join(folder, String(lane)));
  for (const tree of trees) {
    await copyTree(root, tree);
    await mkdir(path.join(tree, '.cache'), { recursive: true });
  }
  for (const mutant of chosen) for (const edit of editsOf(mutant)) mutated(await readFile(path.join(root, edit.file), 'utf8'), edit);
  await requireGreen(trees[0] ?? root);
  console.log('| guard | mutant | caught by | s |\n|---|---|---|---|');
  const waiting = [...chosen];
  const survivors: string[] = [];
  await Promise.all(
    trees.map(async (tree) => {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) if (!(await tryMutant(tree, mutant))) survivors.push(mutant.name);
    }),
  );
  if (survivors.length > 0) console.log(`\nNot caught: ${survivors.join(', ')}`);
  console.log(`\n${chosen.length - survivors.length} of ${chosen.length} guards caught in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  process.exitCode = survivors.length > 0 ? 1 : 0;
} finally {
  await clean();
}
