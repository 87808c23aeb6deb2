import { eventually } from '@boxoffice/testing';
import type { KubernetesObject } from '../charts/objects.ts';
import type { Cluster } from './cluster.ts';

export const isReady = ({ status }: KubernetesObject): boolean =>
  (status?.conditions ?? []).some((condition: { type: string; status: string }) => condition.type === 'Ready' && condition.status === 'True');

/** Pods that serve: not those of jobs, which end, nor of the test. */
const serves = ({ metadata }: KubernetesObject): boolean =>
  !(metadata.ownerReferences ?? []).every(({ kind }: { kind: string }) => kind === 'Job') && !metadata.deletionTimestamp;

/** The pods of the release that serve, or of one component of it. */
export async function servingPods({ kubectl, release }: Cluster, component?: string): Promise<KubernetesObject[]> {
  const selector = `app.kubernetes.io/instance=${release}${component ? `,app.kubernetes.io/component=${component}` : ''}`;
  return (await kubectl.list('pods', selector)).filter(serves);
}

/** Waits until everything that serves is as many pods as it should be, all ready. Answers how many. */
export function allReady(cluster: Cluster, withinMs = 300_000): Promise<number> {
  const { kubectl, release } = cluster;
  const check = async () => {
    const owners = await kubectl.list('deployments,statefulsets', `app.kubernetes.io/instance=${release}`);
    const wanted = owners.reduce((sum, { spec }) => sum + spec.replicas, 0);
    const pods = await servingPods(cluster);
    const waiting = pods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
    if (waiting.length > 0 || pods.length !== wanted) throw new Error(`${pods.length} of ${wanted} pods, not ready: ${waiting.join(', ') || 'none'}`);
    return wanted;
  };
  return eventually(check, { withinMs });
}

/** What may explain a failure: pods that are not ready, why, and the last warnings. */
export async function lookAround({ kubectl, customers }: Cluster): Promise<string> {
  const pods = (await Promise.all([kubectl.list('pods'), customers.kubectl.list('pods')])).flat();
  const unwell = pods.filter((pod) => !isReady(pod) && pod.status?.phase !== 'Succeeded');
  const events = await kubectl('get', 'events', '--field-selector', 'type=Warning', '--sort-by', '.lastTimestamp', '--no-headers');
  return [...unwell.map(unwellness), ...events.trim().split('\n').slice(-8)].join('\n');
}

function unwellness({ metadata, status }: KubernetesObject): string {
  const states = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(({ state, restartCount }) => {
    const [name, { reason = '' }] = (Object.entries(state)[0] ?? ['unknown', {}]) as [string, { reason?: string }]; // one key: waiting, running or terminated
    return `${name} ${reason}${restartCount ? `, ${restartCount} restarts` : ''}`;
  });
  return `${metadata.name}: ${status.phase} ${states.join('; ')}`;
}
