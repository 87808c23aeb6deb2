// Runs a script of this project on the project's own Node.js, from a fresh clone too: installs first when needed.
// Needs nothing but Node.js >= 20 and npm.   node tools/run.mjs SCRIPT [ARGUMENTS]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from './node-flags.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...names) => path.join(root, ...names);
const installed = at('node_modules', '.package-lock.json');
const node = at('node_modules', '.bin', 'node');

const why =
  !existsSync(installed) || !existsSync(node)
    ? 'node_modules is missing'
    : statSync(installed).mtimeMs < statSync(at('package-lock.json')).mtimeMs
      ? 'the lockfile is newer than node_modules'
      : undefined;
if (why) {
  console.error(`Installing: ${why}. Running npm ci, this takes about half a minute …`);
  const began = Date.now();
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    console.error('npm ci failed; its message is above. Check the network and the registry settings, then run the command again.');
    process.exit(npm.status ?? 1);
  }
  console.error(`Installed in ${((Date.now() - began) / 1000).toFixed(0)} s.`);
}

const [script, ...args] = process.argv.slice(2);
const child = spawn(node, [...nodeFlags(script), at(script), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${at('node_modules', '.bin')}${path.delimiter}${process.env.PATH}` },
});
// A terminal sends Ctrl-C to both of us: the child decides when it has stopped.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
