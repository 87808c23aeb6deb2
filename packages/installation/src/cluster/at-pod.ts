import type { Cluster } from './cluster.ts';
import { forwarded } from './kubectl.ts';
import { isReady, servingPods } from './pods.ts';

/** `work` with a port of a component reachable from here: a pod of it that is ready and stays, which kubectl would not choose by itself. */
export async function atPod<T>(cluster: Cluster, at: { component: string; port: number }, work: (url: string) => Promise<T>): Promise<T> {
  const pod = (await servingPods(cluster, at.component)).find(isReady);
  if (!pod) throw new Error(`no pod of ${at.component} is ready in namespace ${cluster.namespace}`);
  return forwarded(cluster.namespace, pod.metadata.name, at.port, work);
}

export const atGateway = <T>(cluster: Cluster, work: (url: string) => Promise<T>): Promise<T> =>
  atPod(cluster, { component: 'gateway', port: 8000 }, work);
