import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, type PostgresVersion, startEmbeddedPostgres } from '@boxoffice/postgres/embedded';
import { eventually } from './eventually.ts';

/** Server settings on top of fast ones, the folder to be in, the major version (18 unless told otherwise). */
export type PostgresServerOptions = { settings?: Record<string, string>; within?: string; version?: PostgresVersion };

/** A PostgreSQL server of our own. */
export interface PostgresServer {
  /** URL of the database `postgres`. */
  adminUrl: string;
  port: number;
  url(database: string): string;
  /** Creates a database; false when it was there. */
  createDatabase(name: string): Promise<boolean>;
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>;
  /** `kill -9`; `restart()` brings it back with everything that was committed. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data (ending it first when it runs). */
  restart(): Promise<void>;
  /** SIGSTOP for the server: running sessions go on, nobody new gets in. */
  pause(): void;
  resume(): void;
}

/** No disk barriers: only a machine that loses power would notice. Commits still reach the kernel, so `kill()` loses nothing that was committed. */
const fast = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '128MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
};

/** Starts PostgreSQL in a folder of its own within `within` (about 0.5 s); it ends when this process ends, even by `kill -9`. */
export async function startPostgres({ within = tmpdir(), ...options }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(within, 'boxoffice-postgres-'));
  const start = (port?: number) =>
    startEmbeddedPostgres({ ...options, folder, settings: { ...fast, ...options.settings }, ...(port === undefined ? {} : { port }) });
  let server = await start();
  let watcher = endsWithUs(server.pid, folder);
  const end = async (how: () => Promise<void>) => {
    watcher.kill();
    await how();
    await server.stop();
  };
  return {
    adminUrl: server.adminUrl,
    port: server.port,
    url: server.url,
    createDatabase: (name) => server.createDatabase(name),
    async stop() {
      await end(server.stop);
      await rm(folder, { recursive: true, force: true });
    },
    kill: () => end(() => killed(server)),
    async restart() {
      await end(server.stop);
      server = await start(server.port);
      watcher = endsWithUs(server.pid, folder);
    },
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
  };
}

async function killed({ pid }: EmbeddedPostgres): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually(async () => {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    throw new Error(`process ${pid} is still there`);
  });
}

/** A watcher reads a pipe that only we hold open: end of file means that we are gone, and server and folder go too. */
function endsWithUs(pid: number, folder: string): { kill(): void } {
  const script = 'read _; kill -QUIT "$1"; sleep 1; rm -rf "$2"';
  const watcher = spawn('/bin/sh', ['-c', script, 'watcher', String(pid), folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.unref();
  watcher.stdin.on('error', () => {});
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref(); // a pipe is a socket; its type does not say so
  return { kill: () => void watcher.kill('SIGKILL') };
}
