import path from 'node:path';
import { expectImage } from './clients.ts';
import type { Cluster } from './cluster.ts';
import { makeNamespaces } from './namespaces.ts';
import { allReady } from './pods.ts';
import { type Step, timed } from './runner.ts';
import { imageValues, smallValues, valuesArgs } from './values.ts';

/** The first version of the chart, as it was published: what upgrades begin with. */
export const firstChart = path.resolve(import.meta.dirname, '../../releases/boxoffice-0.1.0.tgz');

/** Holds end soon, so that expiry can be watched, and booking's own reaper sleeps: the CronJob is watched. Its step gives holds their time back. */
export const shortHoldMs = 20_000;
const bookingEnv = { HOLD_TTL_MS: shortHoldMs, REAP_EVERY_MS: 86_400_000 };

/** Longer than the slowest step of it takes on a busy machine. */
export const waits = ['--wait', '--timeout', '10m'];

export const valuesOf = ({ image }: Pick<Cluster, 'image'>): object => ({
  ...smallValues,
  image: imageValues(image),
  booking: { ...smallValues.booking, env: bookingEnv },
});

export const install: Step = {
  name: 'install',
  fact: 'the first chart installs into a namespace that admits restricted pods only, two pods of everything that serves customers',
  after: [],
  async work(cluster) {
    await makeNamespaces(cluster);
    for (const image of [cluster.image, cluster.nextImage]) await expectImage(cluster, image);
    const [, took] = await timed(() => cluster.helm('install', cluster.release, firstChart, ...waits, ...valuesArgs(valuesOf(cluster))));
    const [pods, more] = await timed(() => allReady(cluster));
    cluster.say(`helm install --wait ${took}; all ${pods} pods ready ${more} later`);
  },
};
