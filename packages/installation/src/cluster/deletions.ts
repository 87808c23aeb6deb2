import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './clients.ts';
import type { Cluster } from './cluster.ts';
import { allReady, servingPods } from './pods.ts';
import { type Step, timed } from './runner.ts';
import { endSale, expectAllFound, saleLine, startSale } from './sale.ts';
import { entriesIn, windowLine, windowOf } from './windows.ts';

/** Calls that wait for a pod which is away end within their deadline; what they say belongs to that pod. */
const settleMs = 5_000;

export const deletions: Step = {
  name: 'deletions',
  fact: 'each pod is deleted in turn during a sale: nothing that was acknowledged is missing',
  after: ['reaper'],
  async work(cluster) {
    const sale = await startSale(cluster, 'load-deletions');
    const names = (await servingPods(cluster)).map(({ metadata }) => String(metadata.name)).sort();
    for (const name of names) await deleteOne(cluster, sale, name);
    const result = await endSale(sale);
    cluster.say(`${names.length} pods: ${saleLine(result)}`);
    expectAllFound(result);
  },
};

async function deleteOne(cluster: Cluster, sale: Client, name: string): Promise<void> {
  const { kubectl, release, say } = cluster;
  const from = entriesIn(await sale.log()).length;
  const [, took] = await timed(async () => {
    await kubectl('delete', 'pod', name, '--wait=true');
    await allReady(cluster);
  });
  await sleep(settleMs);
  const entries = entriesIn(await sale.log());
  say(`${name.replace(`${release}-`, '').padEnd(40)} all ready after ${took}; ${windowLine(windowOf(entries, from, entries.length))}`);
}
