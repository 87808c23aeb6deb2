import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, findOnPath, isExecutable, madeOnce, runCommand } from './install.ts';

/** The go command, on PATH or where Go's installer puts it. */
export const findGo = (): string | undefined => findOnPath('go') ?? (isExecutable('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : undefined);

/** The binary of a command that is a Go package, named as its last part; installed at the first use, then kept in the cache folder. Undefined without Go. */
export async function installByGo(commandPackage: string, version: string): Promise<string | undefined> {
  const name = commandPackage.slice(commandPackage.lastIndexOf('/') + 1);
  const folder = `${name}-${version}`;
  const binary = join(cacheFolder(), folder, name);
  if (isExecutable(binary)) return binary;
  const go = findGo();
  if (go === undefined) return undefined;
  await madeOnce(folder, (fresh) => {
    console.log(`engines: go install ${name} → ${cacheFolder()}`);
    return runCommand(go, ['install', `${commandPackage}@v${version}`], { ...process.env, GOBIN: fresh });
  });
  await access(binary);
  return binary;
}
