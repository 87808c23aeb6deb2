import { eventually } from '@boxoffice/testing';
import { chartFolder, type HelmMajor } from '../charts/helm.ts';
import type { Cluster } from './cluster.ts';
import { expectEvidence, makeEvidence } from './evidence.ts';
import { helmTested } from './helm-test.ts';
import { valuesOf, waits } from './install.ts';
import { allReady } from './pods.ts';
import { type Step, timed } from './runner.ts';
import { expectSame, secretHashes } from './secrets.ts';
import { valuesArgs } from './values.ts';

export const postgres: Step = {
  name: 'postgres',
  fact: "PostgreSQL's pod is deleted: its data is there",
  after: ['install'],
  async work(cluster) {
    const evidence = await makeEvidence(cluster);
    const [, took] = await timed(async () => {
      await cluster.kubectl('delete', 'pod', `${cluster.nameOf('postgres')}-0`);
      await allReady(cluster);
    });
    cluster.say(`all pods ready ${took} after the deletion began`);
    await expectEvidence(cluster, evidence);
  },
};

export const reinstall: Step = {
  name: 'reinstall',
  fact: 'uninstalled, volumes and Secrets stay, and helm says so; the other helm installs again and finds its data',
  after: ['install'],
  async work(cluster) {
    const evidence = await makeEvidence(cluster);
    const secrets = await secretHashes(cluster);
    const volumes = await volumesOf(cluster);
    await uninstalled(cluster);
    if ((await volumesOf(cluster)) !== volumes || volumes === '')
      throw new Error(`of the volumes ${volumes} these stayed: ${await volumesOf(cluster)}`);
    cluster.say(`stayed: volumes ${volumes}; ${expectSame(secrets, await secretHashes(cluster))} Secrets`);
    const other: HelmMajor = cluster.helmMajor === 3 ? 4 : 3;
    const helm = cluster.helmOf(other);
    const [, took] = await timed(() => helm('install', cluster.release, chartFolder, ...waits, ...valuesArgs(valuesOf(cluster))));
    const pods = await allReady(cluster);
    cluster.say(
      `helm ${other} install --wait ${took}, all ${pods} pods ready; ${expectSame(secrets, await secretHashes(cluster))} Secrets are what they were`,
    );
    await expectEvidence(cluster, evidence);
    await helmTested(cluster, helm);
  },
};

/** The notes say it before, and helm's last words name what is kept. */
async function uninstalled(cluster: Cluster): Promise<void> {
  const { helm, release, kubectl } = cluster;
  const notes = await helm('get', 'notes', release);
  if (!/volumes of the engines stay when the release is uninstalled/.test(notes)) throw new Error('the notes do not say that volumes stay');
  const words = await helm('uninstall', release, '--wait', '--timeout', '5m');
  if (!words.includes('kept due to the resource policy') || !words.includes('[Secret]'))
    throw new Error(`helm uninstall does not say that Secrets stay: ${words}`);
  // helm does not wait for pods, which hold the volumes until they are gone; the ended pod of its test it leaves.
  const gone = async () => {
    const pods = (await kubectl.list('pods', `app.kubernetes.io/instance=${release}`)).filter(({ status }) => status.phase !== 'Succeeded');
    if (pods.length > 0) throw new Error(`still there: ${pods.map(({ metadata }) => metadata.name).join(', ')}`);
  };
  const [, took] = await timed(() => eventually(gone, { withinMs: 240_000 }));
  cluster.say(`helm uninstall names the Secrets it keeps; pods were gone ${took} later`);
}

async function volumesOf({ kubectl }: Cluster): Promise<string> {
  const claims = (await kubectl.list('persistentvolumeclaims')).filter(({ status }) => status.phase === 'Bound');
  return claims.map(({ metadata, spec }) => `${metadata.name} (${spec.volumeName})`).join(', ');
}
