import { type ClusterOptions, clusterOf } from './cluster.ts';
import { removeNamespaces } from './namespaces.ts';
import { lookAround } from './pods.ts';
import { chosen, runner, runSteps, type Totals } from './runner.ts';
import { steps } from './steps.ts';

export const stepNames: readonly string[] = steps.map(({ name }) => name);

/** Proves an installation on the cluster of the current context, step by step, and removes it unless `keep`. Throws an Error when `only` names no step. */
export async function prove(options: ClusterOptions & { only: readonly string[]; keep: boolean }): Promise<Totals> {
  const wanted = chosen(steps, options.only);
  const cluster = clusterOf(options);
  const run = runner(options.print, () => lookAround(cluster));
  await runSteps(wanted, cluster, run);
  if (options.keep) options.print(`\nThe release stays: namespaces ${cluster.namespace} and ${cluster.customers.namespace}.`);
  else await run.step('clean-up', 'both namespaces are removed, volumes with them', () => removeNamespaces(cluster));
  return run.totals;
}
