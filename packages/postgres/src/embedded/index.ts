import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase, withSession } from '../session.ts';
import { type Layout, layoutOf, makeFolder, openLog, prepareCluster, readIfThere, writeWhole } from './folder.ts';
import { claim, isTaken } from './owner.ts';
import { freePort, isFree } from './port.ts';
import { disownPid, isServerOf, readPostmaster, servesFrom, startedWith, stopProcess } from './postmaster.ts';
import { findPrograms, type PostgresVersion, type Programs } from './programs.ts';

export { FolderInUse } from './owner.ts';
export { freePort } from './port.ts';
export type { PostgresVersion } from './programs.ts';

export interface EmbeddedPostgresOptions {
  /** Holds the data, the password, the port and the log; made at the first start, mode 0700. */
  folder: string;
  /** Fixed port; otherwise one below 30000 is chosen at the first start and kept while it is free. */
  port?: number;
  /** Server settings on top of the defaults, for example { fsync: 'off' } for tests. */
  settings?: Record<string, string>;
  /** Major version, 18 unless told otherwise; a folder keeps the one it was made with. */
  version?: PostgresVersion;
}

/** A PostgreSQL server of our own, on 127.0.0.1 only. */
export interface EmbeddedPostgres {
  port: number;
  /** Process id of the server. */
  pid: number;
  /** URL of the database `postgres`, with the password. */
  adminUrl: string;
  url(database: string): string;
  /** Creates a database; false when it was there. */
  createDatabase(name: string): Promise<boolean>;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. Safe to call twice. */
  stop(): Promise<void>;
}

/** Small on purpose: five services of one venue share this server with the process that started it. */
const defaults = {
  max_connections: '120',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
/** No I/O worker processes; before 18 there were none. */
const sinceVersion18 = { io_method: 'sync' };

/**
 * Starts PostgreSQL on a folder: initialises it at the first start, recovers it after a crash, and takes over a server of this folder that
 * outlived a killed process of ours. Refuses a folder that another living process uses.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const layout = layoutOf(resolve(options.folder));
  const { version = 18 } = options;
  const programs = await findPrograms(version);
  const settings = { ...defaults, ...(version >= 18 && sinceVersion18), ...options.settings };
  await makeFolder(layout.folder);
  const owner = await claim(layout.owner);
  try {
    const password = await prepareCluster(layout, programs, options.settings?.fsync !== 'off');
    const start = { layout, programs, password, settings, port: options.port };
    const server = (await takeOver(start)) ?? (await startServer(start));
    return handleOf(server, password, owner.release);
  } catch (error) {
    await owner.release();
    throw error;
  }
}

interface Start {
  layout: Layout;
  programs: Programs;
  password: string;
  settings: Record<string, string>;
  port: number | undefined;
}
type Server = { pid: number; port: number };

const urlOf = (port: number, password: string, database: string) =>
  `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

function argumentsOf({ layout, settings }: Start, port: number): string[] {
  const all = { ...settings, listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
  return ['-D', layout.data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** A server that survived the kill -9 of its owner: kept when it runs as we would start it and lets us in, stopped otherwise. */
async function takeOver(start: Start): Promise<Server | undefined> {
  const { data } = start.layout;
  const found = await readPostmaster(data);
  if (found === undefined) return undefined;
  const admits = await servesFrom(data, urlOf(found.port, start.password, 'postgres'));
  if (!admits && !(await isServerOf(data, found.pid))) {
    if (isTaken(found.pid)) await disownPid(data);
    return undefined;
  }
  const asWanted = await startedWith(data, [start.programs.postgres, ...argumentsOf(start, found.port)]);
  if (admits && asWanted && (start.port ?? found.port) === found.port) return found;
  await stopProcess(found.pid);
  return undefined;
}

async function startServer(start: Start): Promise<Server> {
  const kept = Number(await readIfThere(start.layout.port));
  let port = start.port ?? (kept > 0 && (await isFree(kept)) ? kept : await freePort());
  for (let attempt = 1; ; attempt++) {
    try {
      const pid = await launch(start, port);
      await writeWhole(start.layout.port, `${port}\n`);
      return { pid, port };
    } catch (error) {
      if (attempt === 50) throw error;
      if (String(error).includes(orphansAtWork)) await delay(200);
      // Somebody may take the port between our look and the server's bind; a port that was asked for is not exchanged.
      else if (start.port === undefined && !(await isFree(port))) port = await freePort();
      else throw error;
    }
  }
}

/** What PostgreSQL says while backends of a server that was killed finish what they were doing. */
const orphansAtWork = 'pre-existing shared memory block';
const startDeadlineMs = 120_000; // crash recovery after a long life without checkpoints

async function launch(start: Start, port: number): Promise<number> {
  const { layout, programs } = start;
  const log = await openLog(layout);
  await programs.handOver(layout.log);
  const child = programs.start(programs.postgres, argumentsOf(start, port), log.handle.fd);
  await log.handle.close();
  const ended = endOf(child);
  child.unref();
  const deadline = Date.now() + startDeadlineMs;
  while (Date.now() < deadline) {
    const reason = await Promise.race([ended, delay(5, undefined)]);
    if (reason !== undefined) throw new Error(`PostgreSQL did not start (${reason}): ${await logSince(layout, log.from)}`);
    const found = await readPostmaster(layout.data);
    if (found?.ready === true && found.pid === child.pid) return found.pid;
  }
  if (child.pid !== undefined) await stopProcess(child.pid);
  throw new Error(`PostgreSQL did not become ready within ${startDeadlineMs} ms: ${await logSince(layout, log.from)}`);
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`exit ${code ?? signal}`));
  });

async function logSince(layout: Layout, from: number): Promise<string> {
  const text = (await readFile(layout.log)).subarray(from).toString('utf8');
  return text.trim().split('\n').slice(-5).join(' | ');
}

function handleOf({ pid, port }: Server, password: string, release: () => Promise<void>): EmbeddedPostgres {
  const adminUrl = urlOf(port, password, 'postgres');
  let stopping: Promise<void> | undefined;
  return {
    port,
    pid,
    adminUrl,
    url: (database) => urlOf(port, password, database),
    createDatabase: (name) => withSession(adminUrl, (session) => createDatabase(session, name)),
    stop: () => {
      stopping ??= stopProcess(pid).finally(release);
      return stopping;
    },
  };
}

/** Throws FolderInUse while a living process runs a server in this folder: ask before removing it. */
export async function requireUnused(folder: string): Promise<void> {
  const layout = layoutOf(resolve(folder));
  if (!existsSync(layout.folder)) return;
  const owner = await claim(layout.owner);
  await owner.release();
}
