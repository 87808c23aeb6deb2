import type { Cluster } from '../cluster/cluster.ts';
import { forwarded } from '../cluster/kubectl.ts';
import { isReady, servingPods } from '../cluster/pods.ts';

/** `work` with a port of a component reachable from here: by a pod of it that is ready and stays. */
export async function atPod<T>(cluster: Cluster, at: { component: string; port: number }, work: (url: string) => Promise<T>): Promise<T> {
  const pod = (await servingPods(cluster, at.component)).find(isReady);
  if (!pod) throw new Error(`no pod of ${at.component} is ready in namespace ${cluster.namespace}`);
  return forwarded(cluster.namespace, pod.metadata.name, at.port, work);
}
