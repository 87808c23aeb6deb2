import type { Cluster } from './cluster.ts';
import { kubectlIn } from './kubectl.ts';

/** Who makes namespaces, and by which option others are chosen: no namespace of anybody else is ever removed. */
export type Maker = { madeBy: string; option: string };
const label = 'boxoffice.dev/made-by';
const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'latest' };

/** Makes a namespace that lets in only pods that are restricted. */
export async function makeNamespace(name: string, { madeBy }: Maker): Promise<void> {
  await kubectlIn(name).apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [label]: madeBy, ...restricted } } });
}

/** Removes a namespace with all that is in it; throws where it is somebody else's. */
export async function removeNamespace(name: string, { madeBy, option }: Maker): Promise<void> {
  const kubectl = kubectlIn(name);
  const [found] = (await kubectl.list('namespaces')).filter(({ metadata }) => metadata.name === name);
  if (!found) return;
  if (found.metadata.labels?.[label] !== madeBy) throw new Error(`The namespace ${name} was not made by ${madeBy}: give another one by ${option}.`);
  await kubectl('delete', 'namespace', name, '--timeout=5m');
}

const ofTest: Maker = { madeBy: 'test-cluster', option: '--namespace' };

const both = ({ namespace, customers }: Cluster) => [namespace, customers.namespace];

/** Makes the release's namespace and its customers'. What an earlier run left is removed first. */
export async function makeNamespaces(cluster: Cluster): Promise<void> {
  await removeNamespaces(cluster);
  for (const name of both(cluster)) await makeNamespace(name, ofTest);
}

export async function removeNamespaces(cluster: Cluster): Promise<void> {
  for (const name of both(cluster)) await removeNamespace(name, ofTest);
}
