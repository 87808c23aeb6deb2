import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where downloaded engines live: `$BOXOFFICE_CACHE`, else `~/.cache/boxoffice`. */
export const cacheFolder = (): string => process.env.BOXOFFICE_CACHE ?? join(homedir(), '.cache', 'boxoffice');

/**
 * A folder of the cache that is made once: `make` fills a fresh one, which then gets its name, so that half a folder is never taken for a whole one. Of two
 * processes that make it, the faster one wins.
 */
export async function madeOnce(name: string, make: (fresh: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder(), { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  try {
    await make(fresh);
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** The path of an executable file on PATH. */
export function findOnPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => isExecutable(path));
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command to its end; throws with the last lines it printed. */
export function runCommand(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${output.trim()}`))));
  });
}

let installing: Promise<unknown> = Promise.resolve();

/** Installs a Debian package where this process may (root with apt-get), and prints that it does. Answers false where it may not. */
export async function installByApt(packageName: string): Promise<boolean> {
  if (process.getuid?.() !== 0 || findOnPath('apt-get') === undefined) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => runCommand('apt-get', ['install', '-y', '--no-install-recommends', packageName], env);
  // One at a time: apt-get holds a lock and fails instead of waiting.
  const done = installing.then(async () => {
    console.log(`engines: apt-get install ${packageName}`);
    await install().catch(async () => {
      await runCommand('apt-get', ['update'], env);
      await install();
    });
  });
  installing = done.catch(() => {});
  await done;
  return true;
}
