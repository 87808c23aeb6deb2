/** `npm run test:charts`: gets helm, kubeconform, promtool and a Starlark interpreter, checks the charts without a cluster, ends with `N passed, N failed`. Arguments go to vitest. */
import { prepareHelm } from '@boxoffice/installation/helm';
import { prepareKubeconform } from '@boxoffice/installation/kubeconform';
import { prepareStarlark } from '@boxoffice/installation/starlark';
import { preparePrometheus } from '@boxoffice/testing/prometheus';
import { endWith, runVitest } from './vitest.ts';

console.log('Getting helm 3, helm 4, kubeconform with its schemas, promtool and a Starlark interpreter where they are missing …');
await Promise.all([prepareHelm(3), prepareHelm(4), prepareKubeconform(), preparePrometheus(), prepareStarlark()]).catch((error: Error) => {
  console.error(error.message);
  endWith({ passed: 0, failed: 1, skipped: 0 });
});
endWith(await runVitest(['--project', 'charts', ...process.argv.slice(2)]));
