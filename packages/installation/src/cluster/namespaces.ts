import type { Cluster } from './cluster.ts';
import type { Kubectl } from './kubectl.ts';

/** Ours by this label: no namespace without it is ever removed. */
const ours = { 'boxoffice.dev/made-by': 'test-cluster' };
const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'latest' };

const both = ({ namespace, kubectl, customers }: Cluster): [string, Kubectl][] => [
  [namespace, kubectl],
  [customers.namespace, customers.kubectl],
];

/** Makes the release's namespace and its customers'; each lets in only pods that are restricted. What an earlier run left is removed first. */
export async function makeNamespaces(cluster: Cluster): Promise<void> {
  await removeNamespaces(cluster);
  for (const [name, kubectl] of both(cluster))
    await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...ours, ...restricted } } });
}

/** Throws where one of these names is somebody else's. */
export async function removeNamespaces(cluster: Cluster): Promise<void> {
  for (const [name, kubectl] of both(cluster)) {
    const [found] = (await kubectl.list('namespaces')).filter(({ metadata }) => metadata.name === name);
    if (!found) continue;
    if (found.metadata.labels?.['boxoffice.dev/made-by'] !== ours['boxoffice.dev/made-by'])
      throw new Error(`The namespace ${name} is not of this test: give another one by --namespace.`);
    await kubectl('delete', 'namespace', name, '--timeout=5m');
  }
}
