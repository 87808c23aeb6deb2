import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, findOnPath, isExecutable, runCommand } from './install.ts';

/** The go command, on PATH or where Go's installer puts it. */
export const findGo = (): string | undefined => findOnPath('go') ?? (isExecutable('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : undefined);

/** The binary of a command that is a Go package, named as its last part; installed at the first use, then kept in the cache folder. Undefined without Go. */
export async function installByGo(commandPackage: string, version: string): Promise<string | undefined> {
  const name = commandPackage.slice(commandPackage.lastIndexOf('/') + 1);
  const folder = join(cacheFolder(), `${name}-${version}`);
  const binary = join(folder, name);
  if (isExecutable(binary)) return binary;
  const go = findGo();
  if (go === undefined) return undefined;
  console.log(`engines: go install ${name} → ${folder}`);
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  await runCommand(go, ['install', `${commandPackage}@v${version}`], { ...process.env, GOBIN: fresh }).catch(async (error) => {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  });
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  await access(binary);
  return binary;
}
