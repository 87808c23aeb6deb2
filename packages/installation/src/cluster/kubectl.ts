import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { KubernetesObject } from '../charts/objects.ts';

const run = promisify(execFile);
/** kubectl hangs where nobody answers; nothing that is asked here without --timeout takes longer. */
const deadlineMs = 10 * 60_000;

/** kubectl in one namespace. */
export interface Kubectl {
  /** Answers what it prints; throws an Error with its words. */
  (...args: string[]): Promise<string>;
  /** `kubectl ARGS -o json`, read. */
  json(...args: string[]): Promise<KubernetesObject>;
  /** The objects of a kind, by selector. */
  list(kind: string, selector?: string): Promise<KubernetesObject[]>;
  apply(...objects: object[]): Promise<void>;
}

export function kubectlIn(namespace: string): Kubectl {
  const kubectl = (...args: string[]) => called(['--namespace', namespace, ...args]);
  const json = async (...args: string[]) => JSON.parse(await kubectl(...args, '--output', 'json'));
  return Object.assign(kubectl, {
    json,
    list: async (kind: string, selector = '') => (await json('get', kind, '--selector', selector)).items,
    apply: async (...items: object[]) => {
      await called(['--namespace', namespace, 'apply', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    },
  });
}

async function called(args: string[], input?: string): Promise<string> {
  const running = run('kubectl', args, { maxBuffer: 256 * 1024 * 1024, timeout: deadlineMs });
  if (input !== undefined) running.child.stdin?.end(input);
  return running.then(
    ({ stdout }) => stdout,
    (error: Error & { stderr?: string }) => {
      throw new Error(`kubectl ${args.join(' ')}: ${error.stderr?.trim() || error.message}`);
    },
  );
}

/** The address of the current context's cluster, or why there is none to be had. */
export async function reachable(): Promise<{ address: string } | { why: string }> {
  try {
    await run('kubectl', ['version', '--request-timeout=5s'], { timeout: 8_000 });
    return { address: (await called(['config', 'view', '--minify', '--output', 'jsonpath={.clusters[0].cluster.server}'])).trim() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { why: 'kubectl is not installed' };
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : undefined;
    return { why: words || 'kubectl got no answer within 5 s' };
  }
}

/** Makes a pod's port reachable from here while `work` runs. */
export async function forwarded<T>(namespace: string, pod: string, port: number, work: (url: string) => Promise<T>): Promise<T> {
  const child = spawn('kubectl', ['--namespace', namespace, 'port-forward', `pod/${pod}`, `:${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const local = /127\.0\.0\.1:(\d+) ->/.exec(chunk.toString())?.[1];
        if (local) resolve(`http://127.0.0.1:${local}`);
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`kubectl port-forward pod/${pod}: ${errors.trim()}`)));
    });
    return await work(url);
  } finally {
    child.kill();
  }
}
