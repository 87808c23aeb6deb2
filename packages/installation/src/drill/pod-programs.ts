import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** A database, and the pod whose programs reach it: PostgreSQL's own, of its own version, wherever this runs. */
export type Reached = { namespace: string; pod: string; host: string; port: string; user: string; password: string; database: string };

/** The password comes first on standard input: arguments are for everybody on the machine to read. */
const withPassword = ['sh', '-c', 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec "$@"', 'sh'];

function started({ namespace, pod, ...at }: Reached, program: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const where = ['--host', at.host, '--port', at.port, '--username', at.user, '--dbname', at.database];
  const child = spawn('kubectl', ['--namespace', namespace, 'exec', '--stdin', pod, '--', ...withPassword, program, ...where, ...args]);
  child.stdin.on('error', () => undefined); // whoever does not read has ended: its code and words tell why
  child.stdin.write(`${at.password}\n`);
  return child;
}

async function ended(child: ChildProcessWithoutNullStreams, what: string): Promise<void> {
  const words: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${what} ended with ${code}: ${Buffer.concat(words).toString().trim().slice(-2_000)}`);
}

/** Dumps a database as one of its open snapshots sees it, into a file. */
export async function dump(from: Reached, snapshot: string, file: string): Promise<void> {
  const child = started(from, 'pg_dump', ['--format', 'custom', '--snapshot', snapshot]);
  child.stdin.end();
  await Promise.all([ended(child, `pg_dump of ${from.database}`), pipeline(child.stdout, createWriteStream(file, { mode: 0o600 }))]);
}

/** Fills an empty database from a dump; anything that does not fit ends it. */
export async function restore(into: Reached, file: string): Promise<void> {
  const child = started(into, 'pg_restore', ['--exit-on-error']);
  child.stdout.resume();
  await Promise.all([ended(child, `pg_restore of ${into.database}`), pipeline(createReadStream(file), child.stdin)]);
}

/** A session of psql that stays open; rows come as lines, columns by `|`. */
export interface PsqlSession {
  /** Answers the rows; throws with PostgreSQL's words. */
  rows(statement: string): Promise<string[]>;
  end(): Promise<void>;
}

const mark = '-- done --';

export async function psql(to: Reached): Promise<PsqlSession> {
  const child = started(to, 'psql', ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1']);
  const over = ended(child, `psql in ${to.database}`);
  over.catch(() => undefined); // whoever waits for rows is told
  let heard = '';
  let tell = () => {};
  child.stdout.on('data', (chunk: Buffer) => {
    heard += chunk;
    if (heard.includes(`${mark}\n`)) tell();
  });
  const session: PsqlSession = {
    async rows(statement) {
      heard = '';
      const said = new Promise<void>((resolve) => {
        tell = resolve;
      });
      child.stdin.write(`${statement};\n\\echo ${mark}\n`);
      const gone = over.then(() => Promise.reject(new Error(`psql in ${to.database} ended before it answered`)));
      await Promise.race([said, gone]);
      return heard.split('\n').filter((line) => line !== '' && line !== mark);
    },
    async end() {
      child.stdin.end();
      await over;
    },
  };
  await session.rows('SELECT 1');
  return session;
}

/** `work` with a session of its own. */
export async function inPsql<T>(to: Reached, work: (session: PsqlSession) => Promise<T>): Promise<T> {
  const session = await psql(to);
  try {
    return await work(session);
  } finally {
    await session.end().catch(() => undefined); // what went wrong in it was told to `work`
  }
}
