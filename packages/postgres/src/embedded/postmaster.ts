import { readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { readIfThere } from './folder.ts';
import { processOf } from './owner.ts';

/** What a server writes of itself into postmaster.pid. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

const pidFile = (data: string) => join(data, 'postmaster.pid');

/** The server that runs, or ran, on this data folder. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readIfThere(pidFile(data)))?.split('\n');
  const pid = Number(lines?.[0]);
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/** Is this process id really the server of this folder? Ids repeat: in a container the same one may be our own shell after a restart. */
export async function isServerOf(data: string, pid: number): Promise<boolean> {
  const found = await processOf(pid);
  if (found === undefined) return false;
  if (process.platform !== 'linux') return true;
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return found.name === 'postgres' && (workingFolder === undefined || workingFolder === (await realpath(data)));
}

const neverAProcess = 2_147_483_646;

/**
 * Another process has the id that a dead server left in postmaster.pid, and PostgreSQL would refuse to start. Only the id is replaced: the rest
 * of the file names the shared memory, by which PostgreSQL still notices orphaned backends of the dead server.
 */
export async function disownPid(data: string): Promise<void> {
  const lines = (await readFile(pidFile(data), 'utf8')).split('\n');
  await writeFile(pidFile(data), [String(neverAProcess), ...lines.slice(1)].join('\n')); // in place: the file keeps its owner
}

/** Was the running server started with exactly these arguments, from this program? */
export async function startedWith(data: string, command: string[]): Promise<boolean> {
  const [program = '', ...args] = command;
  const line = (await readIfThere(join(data, 'postmaster.opts')))?.trim();
  return line === `${program} ${args.map((arg) => `"${arg}"`).join(' ')}`;
}

/** Does the server behind this URL let us in, and does it work on this data folder? A copied folder has the password of the original. */
export async function servesFrom(data: string, url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>("SELECT current_setting('data_directory') AS folder");
    return rows[0] !== undefined && (await realpath(rows[0].folder)) === (await realpath(data));
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Fast shutdown, then immediate, then none: returns when the process is gone. */
export async function stopProcess(pid: number): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 30_000],
    ['SIGQUIT', 5000],
    ['SIGKILL', 5000],
  ] as const) {
    send(pid, signal);
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await delay(5)) {
      if ((await processOf(pid)) === undefined) return;
    }
  }
  throw new Error(`the PostgreSQL process ${pid} does not end`);
}

/** Sends a signal; a process that is gone already is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
