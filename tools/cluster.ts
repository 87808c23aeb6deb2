/**
 * `npm run test:cluster`: proves an installation on the cluster of the current kube context, step by step, each with its time and figures; ends with
 * `N passed, N failed`. Where no cluster answers it says so, and ends with 0.
 */
import { parseArgs } from 'node:util';
import { prove, reachable, stepNames } from '@boxoffice/installation/cluster';
import { prepareHelm } from '@boxoffice/installation/helm';
import { endWith } from './vitest.ts';

const usage = `npm run test:cluster -- [--image REGISTRY/NAME:TAG] [--next-image …] [--prometheus-image …] [--namespace NAME] [--helm 3|4] [--only STEP]… [--keep]
  --image       what is installed; the nodes have it or can pull it. localhost/boxoffice:dev unless told otherwise
  --next-image  what it is upgraded to, of the same sources or newer. localhost/boxoffice:next unless told otherwise
  --prometheus-image  what watches it. docker.io/prom/prometheus:v3.5.0 unless told otherwise
  --namespace   boxoffice-test unless told otherwise; its customers get one of their own
  --helm        3 unless told otherwise; what is installed again goes by the other one
  --only        this step and those it needs: ${stepNames.join(', ')}
  --keep        leaves the release behind`;

function given() {
  try {
    return parseArgs({
      options: {
        image: { type: 'string', default: 'localhost/boxoffice:dev' },
        'next-image': { type: 'string', default: 'localhost/boxoffice:next' },
        'prometheus-image': { type: 'string', default: 'docker.io/prom/prometheus:v3.5.0' },
        namespace: { type: 'string', default: 'boxoffice-test' },
        helm: { type: 'string', default: '3' },
        only: { type: 'string', multiple: true, default: [] },
        keep: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error);
  }
}
function refuse(error: unknown): never {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exit(2);
}

const values = given();
const helmMajor = values.helm === '4' ? 4 : 3;
if (!['3', '4'].includes(values.helm) || values.only.some((name) => !stepNames.includes(name))) refuse('No such helm, or no such step.');

const cluster = await reachable();
if ('why' in cluster) {
  console.log(`No cluster is reachable: ${cluster.why}. Nothing was proven; with a kube context, run it again.`);
  endWith({ passed: 0, failed: 0, skipped: stepNames.length });
}
console.log(`Proving ${values.image} and ${values['next-image']} on ${cluster.address}`);
try {
  await Promise.all([prepareHelm(3), prepareHelm(4)]);
  endWith(
    await prove({
      ...{
        namespace: values.namespace,
        image: values.image,
        nextImage: values['next-image'],
        prometheusImage: values['prometheus-image'],
        helmMajor,
      },
      ...{ only: values.only, keep: values.keep, print: (line: string) => console.log(line) },
    }),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  endWith({ passed: 0, failed: 1, skipped: 0 });
}
