import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { nodeFlags } from '../../../tools/node-flags.mjs';

const root = path.resolve(import.meta.dirname, '../../..');
export type ProcessOptions = {
  name: string;
  /** Path in the repository: 'services/booking/src/main.ts'. */
  script: string;
  args?: string[];
  env?: Record<string, string>;
  /** Restart when a source file changes. */
  watch?: boolean;
  onLine?: (line: string) => void;
};

/** A process of ours, started from its source on the same Node.js. */
export interface OwnProcess {
  name: string;
  pid: number;
  /** The last 500 lines it printed. */
  lines: string[];
  exited: Promise<number | string>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after 20 s; answers the exit code or signal. */
  stop(): Promise<number | string>;
  /** SIGKILL: nothing is drained. */
  kill(): Promise<number | string>;
  /** Resident memory in bytes. */
  rss(): Promise<number>;
}

/** Starts a script; its environment is the given one plus PATH and HOME, nothing else leaks in. */
export function startProcess({ name, script, args = [], env = {}, watch = false, onLine }: ProcessOptions): OwnProcess {
  const { PATH = '', HOME = '', CI = '' } = process.env;
  const child = spawn(
    process.execPath,
    [...nodeFlags(script), ...(watch ? ['--watch', '--watch-preserve-output'] : []), path.join(root, script), ...args],
    {
      cwd: root,
      env: { PATH, HOME, CI, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  // A run that is broken off must not leave a system behind.
  const endWithUs = () => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (lines.length > 500) lines.shift();
    onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', keep);
  const exited = exitOf(child);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return exited;
    child.kill(signal);
    const last = setTimeout(() => child.kill('SIGKILL'), 20_000);
    return exited.finally(() => clearTimeout(last));
  };
  return {
    name,
    pid: child.pid ?? 0,
    lines,
    exited,
    signal: (signal) => void child.kill(signal),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    rss: () => residentBytes(child.pid ?? 0),
  };
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 'unknown'));
    child.once('error', (error) => resolve(error.message));
  });

/** VmRSS of a process in bytes; Linux only. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** Waits until `url` answers 200; fails at once when the process ends first, with what it printed. */
export async function answers(url: string, owner: OwnProcess, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  let ended: number | string | undefined;
  void owner.exited.then((code) => {
    ended = code;
  });
  for (;;) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    if (ended !== undefined || performance.now() > end)
      throw new Error(
        `${owner.name} ${ended === undefined ? `does not answer at ${url}` : `ended with ${ended}`}:\n${owner.lines.slice(-30).join('\n')}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
