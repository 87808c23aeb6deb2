import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { World } from './world.ts';

/** CPU profiles of the processes that are measured, for `--profile`. */
export interface Profiling {
  /** For every process that is started. */
  env: Record<string, string>;
  /** Ends the processes in peace, so that they write, and names what they wrote: booking.cpuprofile … */
  kept(world: World): Promise<void>;
}

/** Node's own profiler; opens in a browser's developer tools. Without a folder nothing is profiled. */
export function profiled(folder: string | undefined): Profiling {
  if (folder === undefined) return { env: {}, kept: async () => {} };
  const dir = path.resolve(folder);
  return {
    env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${dir}` },
    async kept({ system }) {
      await mkdir(dir, { recursive: true });
      const names = new Map(Object.entries(system.processes).map(([name, { pid }]) => [String(pid), name]));
      await system.stop();
      // CPU.<day>.<time>.<process id>.<thread>.<number>.cpuprofile
      for (const file of await readdir(dir)) {
        const name = names.get(file.split('.')[3] ?? '');
        if (name && file.startsWith('CPU.')) await rename(path.join(dir, file), path.join(dir, `${name}.cpuprofile`));
      }
    },
  };
}
