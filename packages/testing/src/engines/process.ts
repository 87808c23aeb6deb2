import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A server process in its own session (a signal to our group does not reach it) that ends when we end, even by `kill -9`. */
export interface ServerProcess {
  pid: number;
  running(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after `graceMs`; resolves when it is gone. */
  end(graceMs: number): Promise<void>;
}

// The watcher reads a pipe that only we hold open: end of file means that we are gone. `exec` keeps the server's pid ours to signal.
const watched = 'exec 3<&0; (read _ <&3; kill -9 $$) >/dev/null 2>&1 & exec 3<&-; exec "$@" </dev/null';

/** Starts a server with its output in `logFile` and waits until `ready` answers true; throws with the log when it ends before or is not ready in time. */
export async function startServer(
  command: string[],
  options: { logFile: string; ready: (pid: number) => Promise<boolean>; withinMs: number; env?: NodeJS.ProcessEnv },
): Promise<ServerProcess> {
  const log = openSync(options.logFile, 'w');
  const child = spawn('/bin/sh', ['-c', watched, 'server', ...command], {
    stdio: ['pipe', log, log],
    detached: true,
    env: options.env ?? process.env,
  });
  const server = handleOf(child);
  const deadline = Date.now() + options.withinMs;
  while (!(await options.ready(server.pid).catch(() => false))) {
    const late = Date.now() > deadline;
    if (late) await server.end(0);
    if (late || !server.running()) {
      const text = await readFile(options.logFile, 'utf8').catch(() => '');
      throw new Error(`${command[0]} ${late ? `was not ready in ${options.withinMs} ms` : 'ended at once'}: ${text.slice(-2000)}`);
    }
    await delay(25);
  }
  return server;
}

function handleOf(child: ChildProcess): ServerProcess {
  const { pid } = child;
  if (pid === undefined) throw new Error('/bin/sh could not be started');
  let running = true;
  child.once('exit', () => {
    running = false;
    killGroup(pid); // the watcher
  });
  child.stdin?.on('error', () => {});
  child.unref();
  // A pipe is a socket with unref(); the stream type does not say so.
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  const signal = (name: NodeJS.Signals) => {
    if (running) child.kill(name);
  };
  return {
    pid,
    running: () => running,
    signal,
    async end(graceMs) {
      if (!running) return;
      const gone = once(child, 'exit');
      child.ref();
      if (graceMs > 0) signal('SIGTERM');
      const hard = setTimeout(() => signal('SIGKILL'), graceMs);
      await gone;
      clearTimeout(hard);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // already gone
  }
}
