import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@boxoffice/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { withSession } from '../session.ts';
import { freePort, startEmbeddedPostgres } from './index.ts';
import { processOf } from './owner.ts';

const folders: string[] = [];
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-embedded-'));
  folders.push(folder);
  return join(folder, 'data', 'postgres');
};
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const settings = { fsync: 'off' };
const start = (folder: string, port?: number) => startEmbeddedPostgres({ folder, settings, ...(port === undefined ? {} : { port }) });
const run = (url: string, text: string) => withSession(url, (session) => session.query(text));

/** A process that starts a server on this folder and then only waits. */
async function otherProcess(folder: string): Promise<{ child: ChildProcess; serverPid: number }> {
  const code = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const { pid } = await startEmbeddedPostgres({ folder: ${JSON.stringify(folder)}, settings: { fsync: 'off' } });
    process.stdout.write('pid ' + pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  return { child, serverPid: Number(String(said).split(' ')[1]) };
}
const killed = async (child: ChildProcess) => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

test('a new folder becomes a server with a password that only its owner reads', async () => {
  const folder = await newFolder();
  const server = await start(folder);
  expect(await run(server.adminUrl, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'postgres-password'))).mode & 0o777).toBe(0o600);
  await expect(run(server.adminUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  expect([await server.createDatabase('a "b"'), await server.createDatabase('a "b"')]).toEqual([true, false]);
  expect(await run(server.url('a "b"'), 'SELECT current_database() AS name')).toEqual([{ name: 'a "b"' }]);
  expect(server.port).toBeLessThan(30_000);
  await server.stop();
});

test('a restart keeps data, password and port, and takes less than half a second', async () => {
  const folder = await newFolder();
  const first = await start(folder);
  await run(first.adminUrl, 'CREATE TABLE kept AS SELECT 1 AS n');
  await first.stop();
  const before = performance.now();
  const second = await start(folder);
  expect(performance.now() - before).toBeLessThan(500);
  expect(second.adminUrl).toBe(first.adminUrl);
  expect(await run(second.adminUrl, 'TABLE kept')).toEqual([{ n: 1 }]);
  await second.stop();
});

test('stop rolls back what is open, ends the process and leaves nothing to recover', async () => {
  const folder = await newFolder();
  const server = await start(folder);
  await run(server.adminUrl, 'CREATE TABLE t (n int)');
  const open = run(server.adminUrl, 'BEGIN; INSERT INTO t VALUES (1); SELECT pg_sleep(60)').catch((error: Error) => error.message);
  await eventually(async () => expect(await run(server.adminUrl, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).toHaveLength(1));
  await server.stop();
  await server.stop();
  expect(await open).toMatch(/terminat/);
  expect(await processOf(server.pid)).toBeUndefined();
  expect(await readdir(folder)).not.toContain('in-use-by');
  const again = await start(folder);
  expect(await run(again.adminUrl, 'TABLE t')).toEqual([]);
  await again.stop();
  expect(await readFile(join(folder, 'postgres.log'), 'utf8')).not.toContain('not properly shut down');
});

describe('after a kill -9', () => {
  test('of our process, the next start takes the surviving server over', async () => {
    const folder = await newFolder();
    const { child, serverPid } = await otherProcess(folder);
    await killed(child);
    const server = await start(folder);
    expect(server.pid).toBe(serverPid);
    expect(await run(server.adminUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await server.stop();
    expect(await processOf(serverPid)).toBeUndefined();
  });

  test('of our process, a survivor with other settings is replaced', async () => {
    const folder = await newFolder();
    const { child, serverPid } = await otherProcess(folder);
    await killed(child);
    const server = await startEmbeddedPostgres({ folder, settings: { ...settings, work_mem: '5MB' } });
    expect(server.pid).not.toBe(serverPid);
    expect(await processOf(serverPid)).toBeUndefined();
    expect(await run(server.adminUrl, 'SHOW work_mem')).toEqual([{ work_mem: '5MB' }]);
    await server.stop();
  });

  test('of our process and then the server, committed data is recovered', async () => {
    const folder = await newFolder();
    const { child, serverPid } = await otherProcess(folder);
    const password = (await readFile(join(folder, 'postgres-password'), 'utf8')).trim();
    const port = (await readFile(join(folder, 'postgres-port'), 'utf8')).trim();
    await run(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`, 'CREATE TABLE kept AS SELECT 1 AS n');
    await killed(child);
    process.kill(serverPid, 'SIGKILL');
    const server = await start(folder);
    expect(await run(server.adminUrl, 'TABLE kept')).toEqual([{ n: 1 }]);
    await server.stop();
  });

  test('a process id that now belongs to somebody else does not stop the start', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    const pidFile = await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8');
    await first.stop();
    const somebody = spawn('sleep', ['60']);
    await writeFile(join(folder, 'data', 'postmaster.pid'), pidFile.replace(/^\d+/, String(somebody.pid)));
    await writeFile(join(folder, 'in-use-by'), `${somebody.pid} 1`);
    const second = await start(folder);
    expect(await processOf(somebody.pid ?? 0)).toBeDefined();
    await second.stop();
    somebody.kill();
  });
});

describe('a folder', () => {
  test('whose initialisation was interrupted is initialised again', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'initialising-abc', 'data', 'base'), { recursive: true });
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'postgres-password'), 'from-the-first-attempt\n', { mode: 0o600 });
    const server = await start(folder);
    expect(server.adminUrl).toContain(':from-the-first-attempt@');
    expect(await readdir(folder)).not.toContain('initialising-abc');
    await server.stop();
  });

  test('with strange contents is left alone', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data', 'holiday.jpg'), 'x');
    await expect(start(folder)).rejects.toThrow('not a PostgreSQL cluster');
    expect(await readdir(join(folder, 'data'))).toEqual(['holiday.jpg']);
  });

  test('that another living process uses is refused, and refused twice in one process', async () => {
    const folder = await newFolder();
    const { child, serverPid } = await otherProcess(folder);
    await expect(start(folder)).rejects.toThrow(`process ${child.pid} uses this folder already`);
    await killed(child);
    const server = await start(folder);
    await expect(start(folder)).rejects.toThrow('in this folder already');
    await server.stop();
    expect(await processOf(serverPid)).toBeUndefined();
  });

  test('copied from a running server starts a server of its own', async () => {
    const folder = await newFolder();
    const copy = await newFolder();
    const original = await start(folder);
    await cp(folder, copy, { recursive: true });
    await rm(join(copy, 'in-use-by'));
    const second = await start(copy);
    expect([second.pid === original.pid, second.port === original.port]).toEqual([false, false]);
    await second.stop();
    expect(await run(original.adminUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await original.stop();
  });
});

describe('a port', () => {
  test('that somebody took since the last start is exchanged', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    await once(squatter, 'listening');
    const second = await start(folder);
    expect(second.port).not.toBe(first.port);
    await second.stop();
    squatter.close();
  });

  test('that was asked for is used, or the start fails with the reason', async () => {
    const folder = await newFolder();
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    await expect(start(folder, port)).rejects.toThrow('could not bind');
    squatter.close();
    await once(squatter, 'close');
    const server = await start(folder, port);
    expect(server.port).toBe(port);
    await server.stop();
  });
});
