import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { withSession } from '@boxoffice/postgres';
import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startPostgres } from './postgres.ts';

const run = (url: string, text: string) => withSession(url, (session) => session.query(text));

test('a server that was killed comes back on the same port with what was committed', async () => {
  const server = await startPostgres();
  await run(server.adminUrl, 'CREATE TABLE kept AS SELECT 1 AS n');
  await server.kill();
  await expect(run(server.adminUrl, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await server.restart();
  expect(await run(server.adminUrl, 'TABLE kept')).toEqual([{ n: 1 }]);
  await server.stop();
});

test('a server and its folder go with the process that started it, even by kill -9', async () => {
  const code = `
    const { startPostgres } = await import(${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)});
    const { adminUrl } = await startPostgres();
    const { withSession } = await import('@boxoffice/postgres');
    const [{ folder }] = await withSession(adminUrl, (s) => s.query("SELECT current_setting('data_directory') AS folder"));
    process.stdout.write(JSON.stringify({ adminUrl, folder }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname });
  const [said] = await once(child.stdout, 'data');
  const { adminUrl, folder }: { adminUrl: string; folder: string } = JSON.parse(String(said));
  child.kill('SIGKILL');
  await eventually(() => expect(run(adminUrl, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' }));
  await eventually(() => expect(access(folder)).rejects.toMatchObject({ code: 'ENOENT' }));
});
