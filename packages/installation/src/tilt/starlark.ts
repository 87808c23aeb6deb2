import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { findGo } from '@boxoffice/testing/go';
import { madeOnce, runCommand } from '@boxoffice/testing/install';

const sources = path.join(import.meta.dirname, 'starlark');

/** A value of Starlark as JSON; `$opaque` can only be passed on, `$struct` has fields, `$function` is one that can be called back. */
export type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };
/** A call of a built-in function, and the folder that its paths start from. */
export type Call = { call: string; folder: string; args: Plain[]; kwargs: Record<string, Plain> };
export type World = {
  functions: Record<string, (call: Call) => Plain | Promise<Plain>>;
  values: Record<string, Plain>;
  modules: Record<string, Record<string, Plain>>;
};
/** A file that was executed; functions it gave to built-ins can still be called. */
export type Executed = { invoke(given: Plain, ...args: Plain[]): Promise<Plain>; end(): void };

/** The interpreter in `starlark/`, built with Go when its sources change (a few seconds); throws an Error that says what to install. */
export async function prepareStarlark(): Promise<string> {
  const names = ['go.mod', 'go.sum', 'main.go', 'values.go'];
  const hash = createHash('sha256');
  for (const name of names) hash.update(await readFile(path.join(sources, name)));
  const folder = await madeOnce(`starlark-${hash.digest('hex').slice(0, 12)}`, async (fresh) => {
    const go = findGo();
    if (go === undefined) throw new Error('no Starlark: its interpreter is built with Go ≥ 1.25, which is not here (https://go.dev/dl)');
    await runCommand(go, ['build', '-C', sources, '-mod=readonly', '-buildvcs=false', '-trimpath', '-o', path.join(fresh, 'starlark'), '.']);
  });
  return path.join(folder, 'starlark');
}

/** Executes a file in a world of built-ins; throws an Error with Starlark's own words and the place when it fails. */
export async function execute(file: string, { functions, values, modules }: World): Promise<Executed> {
  const child = spawn(await prepareStarlark(), { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = (message: unknown) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const next = async () => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value);
    await closed;
    throw new Error(words.trim());
  };
  child.stdin.on('error', () => {}); // it has ended: `next` says why
  send({ file, functions: Object.keys(functions), values, modules });
  for (let told = await next(); !told.done; told = await next()) send(await answerTo(told, functions));
  return {
    invoke: async (given, ...args) => {
      send({ invoke: (given as { $function: number }).$function, args });
      return (await next()).result;
    },
    end: () => child.stdin.end(),
  };
}

async function answerTo(call: Call, functions: World['functions']): Promise<{ value: Plain } | { error: string }> {
  try {
    return { value: (await functions[call.call]?.(call)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
