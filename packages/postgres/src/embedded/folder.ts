import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Programs } from './programs.ts';

/** Where things lie in the folder of an embedded server. */
export interface Layout {
  folder: string;
  data: string;
  password: string;
  port: string;
  log: string;
  owner: string;
}

export const layoutOf = (folder: string): Layout => ({
  folder,
  data: join(folder, 'data'),
  password: join(folder, 'postgres-password'),
  port: join(folder, 'postgres-port'),
  log: join(folder, 'postgres.log'),
  owner: join(folder, 'in-use-by'),
});

/** Makes the folder, for its owner only; the folders above it, where missing, with the usual rights. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

const unfinished = 'initialising-';

/** File contents, or undefined where there is no such file. */
export const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

/** Writes a file as a whole or not at all, readable by its owner only. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, content, { mode: 0o600, flush: true });
  await rename(draft, path);
}

/**
 * Makes sure that the folder holds an initialised cluster and returns its password. initdb works in a folder that is renamed when it is
 * complete, so a crash in between leaves rubbish that the next start removes, never half a cluster.
 */
export async function prepareCluster(layout: Layout, programs: Programs, durable: boolean): Promise<string> {
  for (const name of await readdir(layout.folder)) {
    if (name.startsWith(unfinished)) await rm(join(layout.folder, name), { recursive: true, force: true });
  }
  const known = await readIfThere(layout.password);
  const version = await readIfThere(join(layout.data, 'PG_VERSION'));
  if (version !== undefined) {
    if (known === undefined) throw new Error(`${layout.data} holds a database, but its password file ${layout.password} is gone.`);
    return known.trim();
  }
  const found = await readdir(layout.data).catch(() => []);
  if (found.length > 0) throw new Error(`${layout.data} is not empty and not a PostgreSQL cluster: move it away or choose another folder.`);
  const password = known?.trim() ?? randomBytes(24).toString('base64url');
  await writeWhole(layout.password, `${password}\n`);
  await initialise(layout, programs, durable);
  return password;
}

async function initialise(layout: Layout, programs: Programs, durable: boolean): Promise<void> {
  const draft = await mkdtemp(join(layout.folder, unfinished));
  await programs.handOver(layout.folder);
  const options = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${layout.password}`, '--encoding=UTF8', '--locale=C'];
  await programs.run(programs.initdb, ['-D', join(draft, 'data'), ...options, '--no-instructions', ...(durable ? [] : ['--no-sync'])]);
  await rm(layout.data, { recursive: true, force: true });
  await rename(join(draft, 'data'), layout.data);
  await syncFolder(layout.folder);
  await rm(draft, { recursive: true, force: true });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

const logMaxBytes = 10_000_000;

/** Opens the server's log for appending and tells where it will go on; an old log of more than 10 MB starts afresh. */
export async function openLog(layout: Layout) {
  const size = await stat(layout.log).then(
    (found) => found.size,
    () => 0,
  );
  const handle = await open(layout.log, size > logMaxBytes ? 'w' : 'a', 0o600);
  return { handle, from: size > logMaxBytes ? 0 : size };
}
