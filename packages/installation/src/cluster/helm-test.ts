import type { Cluster } from './cluster.ts';
import type { Step } from './runner.ts';

export const helmTest: Step = {
  name: 'helm-test',
  fact: 'helm test sells one ticket and lets it in',
  after: ['install'],
  work: (cluster) => helmTested(cluster),
};

export async function helmTested({ helm, release, kubectl, nameOf, say }: Cluster, by = helm): Promise<void> {
  await by('test', release, '--timeout', '5m');
  const log = await kubectl('logs', `pod/${nameOf('test')}`);
  say(`helm test: ${log.trim().split('\n').at(-1) ?? ''}`);
}
