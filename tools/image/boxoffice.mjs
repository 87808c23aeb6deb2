#!/usr/bin/env node
// The entry of the image: `boxoffice PROCESS [TARGET [ARGUMENTS]]` becomes that process, with the flags it runs by everywhere.
// BOXOFFICE_WATCH=1 restarts it when a source changes (development).
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { nodeFlags } from '../node-flags.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const journeys = { journey: 'packages/journey/src/main.ts', smoke: 'packages/journey/src/smoke.ts', load: 'packages/journey/src/load.ts' };
const [name = '', ...args] = process.argv.slice(2);
const script = Object.hasOwn(journeys, name) ? journeys[name] : `services/${name}/src/main.ts`;
if (!/^[a-z-]+$/.test(name) || !existsSync(path.join(root, script))) {
  const services = readdirSync(path.join(root, 'services')).filter((service) => existsSync(path.join(root, `services/${service}/src/main.ts`)));
  console.error(`usage: boxoffice PROCESS [TARGET [ARGUMENTS]]\n\nProcesses: ${[...services, ...Object.keys(journeys)].join(', ')}`);
  process.exit(2);
}
const watch = process.env.BOXOFFICE_WATCH === '1' ? ['--watch', '--watch-preserve-output'] : [];
// The same process goes on under the new program: signals reach it as process 1.
process.execve(process.execPath, [process.execPath, ...nodeFlags(script), ...watch, path.join(root, script), ...args], process.env);
