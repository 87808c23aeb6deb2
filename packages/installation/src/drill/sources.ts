import type { KubernetesObject } from '../charts/objects.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Reached } from './pod-programs.ts';
import { inOrder, type Owner } from './snapshot.ts';

/** What an entry of a pod's environment is, with its Secret read. */
async function readEntry({ kubectl }: Pick<Cluster, 'kubectl'>, { name, value, valueFrom }: KubernetesObject): Promise<string> {
  if (value !== undefined) return value;
  const { name: secret, key } = valueFrom?.secretKeyRef ?? {};
  if (!secret) throw new Error(`${name} comes neither as a value nor from a Secret`);
  const { data = {} } = await kubectl.json('get', 'secret', secret);
  if (data[key] === undefined) throw new Error(`the Secret ${secret} has no key ${key}`);
  return Buffer.from(data[key], 'base64').toString();
}

/** `$(NAME)` in a value is that variable, as the kubelet does it. */
export const expanded = (value: string, known: ReadonlyMap<string, string>): string =>
  value.replaceAll(/\$\((\w+)\)/g, (reference, name: string) => known.get(name) ?? reference);

/** The URL of a service's database, as its own pods get it: the same for bundled and external servers. */
async function databaseUrlOf(cluster: Cluster, service: Owner): Promise<URL> {
  const { spec } = await cluster.kubectl.json('get', 'deployment', cluster.nameOf(service));
  const known = new Map<string, string>();
  const wanted = spec.template.spec.containers[0].env.filter(({ name }: { name: string }) => name.startsWith('DATABASE_'));
  for (const entry of wanted) known.set(entry.name, expanded(await readEntry(cluster, entry), known));
  const url = known.get('DATABASE_URL');
  if (!url)
    throw new Error(`the pods of ${service} have no DATABASE_URL: is ${cluster.release} in namespace ${cluster.namespace} a release of Box Office?`);
  return new URL(url);
}

/** A Service's short name is known in its own namespace alone. */
export const hostFromElsewhere = (host: string, namespace: string): string => (host.includes('.') ? host : `${host}.${namespace}`);

/** Where a database is reached from, the pod of a bundled server or `helper`, a pod with PostgreSQL's programs. */
export async function sourcesOf(cluster: Cluster, helper: { namespace: string; pod: string }): Promise<Record<Owner, Reached>> {
  const servers = new Set((await cluster.kubectl.list('statefulsets')).map(({ metadata }) => metadata.name));
  const entries = await Promise.all(
    inOrder.map(async (service) => {
      const url = await databaseUrlOf(cluster, service);
      const isBundled = servers.has(url.hostname);
      const reached: Reached = {
        ...(isBundled ? { namespace: cluster.namespace, pod: `${url.hostname}-0` } : helper),
        host: isBundled ? '127.0.0.1' : hostFromElsewhere(url.hostname, cluster.namespace),
        port: url.port || '5432',
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
        database: decodeURIComponent(url.pathname.slice(1)),
      };
      return [service, reached] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<Owner, Reached>; // every service is in the order
}
