import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { readIfThere } from './folder.ts';

/** What the kernel says of a process: undefined when it is gone (or only a zombie). `since` tells two processes with one id apart. */
export async function processOf(pid: number): Promise<{ name: string; since: string } | undefined> {
  if (!isTaken(pid)) return undefined;
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line === undefined) return process.platform === 'linux' ? undefined : { name: '', since: '' };
  // "pid (name, which may hold anything) state ppid … starttime": fields are counted from the last bracket.
  const name = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'));
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : { name, since: fields[19] ?? '' };
}

/** Is this process id taken? Also by a zombie, which PostgreSQL takes for a living server. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

const mine = new Set<string>();

/** Another living process works on this folder. */
export class FolderInUse extends Error {
  override name = 'FolderInUse';
}

/** Claims a folder for this process until `release`; refuses while another living process has it, for two owners would stop each other's server. */
export async function claim(file: string): Promise<{ release(): Promise<void> }> {
  if (mine.has(file)) throw new FolderInUse(`this process runs a PostgreSQL in this folder already (${file})`);
  mine.add(file);
  try {
    await write(file, `${process.pid} ${(await processOf(process.pid))?.since ?? ''}`);
  } catch (error) {
    mine.delete(file);
    throw error;
  }
  return {
    release: async () => {
      await rm(file, { force: true });
      mine.delete(file);
    },
  };
}

/** link() makes the file with its content at once, or fails because there is one; one left by a dead process is removed. */
async function write(file: string, content: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    for (let attempt = 1; !(await linked(draft, file)); attempt++) {
      const [pid, since] = (await readIfThere(file))?.split(' ') ?? [];
      const owner = pid === undefined || Number(pid) === process.pid ? undefined : await processOf(Number(pid));
      if (attempt === 5 || (owner !== undefined && owner.since === since))
        throw new FolderInUse(`process ${pid} uses this folder already (${file}): stop it first`);
      await rm(file, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

const linked = (from: string, to: string): Promise<boolean> =>
  link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
