import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { services } from '../world.ts';
import { startAgain } from './processes.ts';
import type { Fault } from './types.ts';

const execute = promisify(execFile);

/** The soft limit alone: it can be raised again without being root. */
const limitFiles = (pid: number, files: number) => execute('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);

/** A service needs about this many MB to start; what it holds under load does not fit in for long. */
const smallHeapMb = 64;

/** F19: what a process may have is nearly used up. */
export const nearLimits: Fault[] = [
  {
    class: 'F19',
    name: 'hardly any descriptor is left',
    seen: 'new connections are refused, requests on open ones that need another fail',
    lasts: [1_000, 4_000],
    async begin(world, chance) {
      const service = chance.oneOf(services);
      const { pid } = world.system.processes[service];
      const soft = /Max open files\s+(\d+)/.exec(await readFile(`/proc/${pid}/limits`, 'utf8'))?.[1];
      if (!soft) throw new Error('its limit cannot be read here');
      const highest = Math.max(...(await readdir(`/proc/${pid}/fd`)).map(Number));
      const spare = chance.between(1, 8);
      await limitFiles(pid, highest + 1 + spare);
      return {
        on: `${service}: ${highest + 1 + spare}`,
        end: async () => void (await limitFiles(pid, Number(soft)).catch(() => {})), // it may have died of it
      };
    },
  },
  {
    class: 'F19',
    name: 'a small heap',
    seen: 'slow answers; a service that runs out of memory is started again',
    lasts: [2_000, 5_000],
    async begin(world, chance) {
      const service = chance.oneOf(services);
      await world.system.processes[service].stop();
      await startAgain(world, service, { NODE_OPTIONS: `--max-old-space-size=${smallHeapMb}` });
      return {
        on: `${service}: ${smallHeapMb} MB`,
        end: async () => {
          await world.system.processes[service].stop();
          await startAgain(world, service);
        },
      };
    },
  },
];
