import { chartFolder } from '../charts/helm.ts';
import type { Cluster } from './cluster.ts';
import { expectEvidence, makeEvidence } from './evidence.ts';
import { helmTested } from './helm-test.ts';
import { waits } from './install.ts';
import { allReady, servingPods } from './pods.ts';
import { type Step, timed } from './runner.ts';
import { duringSale, expectAllAnswered, expectAllFound, saleLine } from './sale.ts';
import { expectSame, secretHashes } from './secrets.ts';
import { imageValues, valuesArgs } from './values.ts';

/** Another image, another setting of a process, another line of redis.conf: every process restarts, and Redis. */
const changes = ({ nextImage }: Cluster): object => ({
  image: imageValues(nextImage),
  booking: { env: { PAYING_MS: 540_000 } },
  redis: { config: { 'slowlog-max-len': 256 } },
});

export const upgrade: Step = {
  name: 'upgrade',
  fact: "the tree's chart, another image and other settings come during a sale: every call is answered with 2xx, every effect found, Secrets and data stay",
  after: ['reaper'],
  work: (cluster) =>
    changedDuringSale(cluster, 'load-upgrade', () =>
      cluster.helm('upgrade', cluster.release, chartFolder, '--reset-then-reuse-values', ...waits, ...valuesArgs(changes(cluster))),
    ),
};

export const rollback: Step = {
  name: 'rollback',
  fact: 'helm rollback takes all of it back during a sale; a ticket can be bought as before',
  after: ['upgrade'],
  async work(cluster) {
    await changedDuringSale(cluster, 'load-rollback', () => cluster.helm('rollback', cluster.release, ...waits));
    await helmTested(cluster);
  },
};

async function changedDuringSale(cluster: Cluster, name: string, change: () => Promise<string>): Promise<void> {
  const evidence = await makeEvidence(cluster);
  const secrets = await secretHashes(cluster);
  const kept = await untouched(cluster);
  const result = await duringSale(cluster, name, async () => {
    const [, took] = await timed(change);
    const [, more] = await timed(() => allReady(cluster));
    cluster.say(`helm ${took}; all pods ready ${more} later`);
  });
  cluster.say(saleLine(result));
  expectAllFound(result);
  expectAllAnswered(result);
  if ((await untouched(cluster)) !== kept) throw new Error('PostgreSQL or Kafka was restarted, though nothing of it has changed');
  cluster.say(`${expectSame(secrets, await secretHashes(cluster))} Secrets are what they were`);
  await expectEvidence(cluster, evidence);
}

/** The pods of engines that nothing was changed of. */
async function untouched(cluster: Cluster): Promise<string> {
  const pods = [...(await servingPods(cluster, 'postgres')), ...(await servingPods(cluster, 'kafka'))];
  return pods.map(({ metadata }) => metadata.uid).join(' ');
}
