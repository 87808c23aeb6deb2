import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evaluate, root } from './session.ts';

const { images } = await evaluate(path.join(root, 'Tiltfile'));
const live = images.find(({ liveUpdate }) => liveUpdate)?.liveUpdate;
const [sync] = live?.syncs ?? [];
const source = 'packages/line.mjs';

let folder: string;
let stop: () => void;
/** What a process printed that runs as in the image, in a folder instead of a container. */
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boxoffice-live-'));
  await mkdir(path.join(folder, 'app/packages'), { recursive: true });
  await writeFile(
    path.join(folder, 'app/main.mjs'),
    "import { line } from './packages/line.mjs';\nconsole.log(line);\nsetInterval(() => {}, 1000);\n",
  );
  await writeFile(path.join(folder, 'app', source), "export const line = 'line 0';\n");
  const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', path.join(folder, 'app/main.mjs')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  lines = [];
  child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n')));
  stop = () => child.kill();
  expect(await shows('line 0')).toBe(true);
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true, force: true });
});

async function shows(line: string, withinMs = 20_000): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (!lines.includes(line)) {
    if (Date.now() > until) return false;
    await delay(50);
  }
  return true;
}

/** Unpacks a saved file below `to`, as Tilt does: `tar` puts a new file in the place of the old one. */
async function unpack(line: string, to: string): Promise<void> {
  await mkdir(path.join(folder, 'here/packages'), { recursive: true });
  await writeFile(path.join(folder, 'here', source), `export const line = '${line}';\n`);
  await mkdir(to, { recursive: true });
  execFileSync('/bin/sh', ['-c', `tar -C ${folder}/here -c ${source} | tar -C ${to} -x -f -`]);
}

test('a file that is saved again and again is run each time', async () => {
  const staged = sync?.to.replace(/\/packages$/, '') ?? '';
  const [command = ''] = live?.runs ?? [];
  const here = command.replaceAll(staged, path.join(folder, 'staged')).replaceAll('/app/', `${folder}/app/`);
  expect(here).not.toBe(command);
  for (const line of ['line 1', 'line 2', 'line 3']) {
    await unpack(line, path.join(folder, 'staged'));
    execFileSync('/bin/sh', ['-c', here]);
    expect({ line, shown: await shows(line) }).toEqual({ line, shown: true });
  }
});

test.runIf(process.platform === 'linux')('without the copy only the first is: why files are written over and not put in place', async () => {
  await unpack('line 1', path.join(folder, 'app'));
  expect(await shows('line 1')).toBe(true);
  await unpack('line 2', path.join(folder, 'app'));
  expect(await shows('line 2', 3_000)).toBe(false);
});
