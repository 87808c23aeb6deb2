import { eventually } from '@boxoffice/testing';
import type { Cluster } from './cluster.ts';
import { expectEvidence, makeEvidence } from './evidence.ts';
import { kubectlIn } from './kubectl.ts';
import { allReady, servingPods } from './pods.ts';
import { type Step, timed } from './runner.ts';

/** Namespaces of a cluster's own: what they run comes back by itself. */
const system = /^(kube-.*|local-path-storage)$/;

export const drain: Step = {
  name: 'drain',
  fact: 'the node of PostgreSQL is drained and comes back: every acknowledged hold and sale is found',
  after: ['reaper'],
  async work(cluster) {
    const [postgres] = await servingPods(cluster, 'postgres');
    const node: string = postgres?.spec.nodeName;
    await expectNobodyElse(cluster, node);
    const evidence = await makeEvidence(cluster);
    const [, outage] = await timed(async () => {
      try {
        await emptied(cluster, node);
      } finally {
        await cluster.kubectl('uncordon', node);
      }
      await systemReady();
      await allReady(cluster);
    });
    cluster.say(`all pods ready again ${outage} after the drain began`);
    await expectEvidence(cluster, evidence);
  },
};

/** A drain hits everybody on the node. */
async function expectNobodyElse({ kubectl, namespace, customers }: Cluster, node: string): Promise<void> {
  const { items } = await kubectl.json('get', 'pods', '--all-namespaces', '--field-selector', `spec.nodeName=${node},status.phase=Running`);
  const spaces = [...new Set<string>(items.map(({ metadata }: { metadata: { namespace: string } }) => metadata.namespace))];
  const others = spaces.filter((space) => !system.test(space) && space !== namespace && space !== customers.namespace);
  if (others.length > 0) throw new Error(`${node} also runs pods of ${others.join(', ')}: prove this on a cluster that nobody else uses`);
}

/** By evictions as long as budgets allow; where no other node takes the pods, budgets allow one each, and the rest is deleted. */
async function emptied({ kubectl, say }: Cluster, node: string): Promise<void> {
  const drained = (...more: string[]) => kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--force', ...more);
  const refused = await drained('--timeout=20s').then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (refused === undefined) return say('every pod could be evicted: other nodes took them');
  if (!/disruption budget|timed out|timeout/i.test(refused)) throw new Error(refused);
  const [, took] = await timed(() => drained('--disable-eviction', '--timeout=180s'));
  say(`there is no other node: disruption budgets let one pod each go within 20 s, the rest was deleted in ${took}`);
}

/** Names and volumes come from there: without them nothing else becomes ready. */
async function systemReady(): Promise<void> {
  const check = async () => {
    const away = (await kubectlIn('kube-system').list('deployments')).filter(({ status, spec }) => (status.readyReplicas ?? 0) < spec.replicas);
    if (away.length > 0) throw new Error(`not ready: ${away.map(({ metadata }) => metadata.name).join(', ')}`);
  };
  await eventually(check, { withinMs: 180_000 });
}
