/** `npm run restore-drill`: backs up an installation of the current kube context, restores it beside, and proves that nothing is missing. Ends with 1 when something is. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepareHelm } from '@boxoffice/installation/helm';
import { reachable, restoreDrill } from '@boxoffice/installation/restore-drill';

const usage = `npm run restore-drill -- [--namespace NAME] [--release NAME] [--into NAME] [--folder DIR] [--postgres-image IMAGE] [--helm 3|4] [--keep]
  --namespace       of the installation, boxoffice unless told otherwise; it goes on selling
  --release         its release, boxoffice unless told otherwise
  --into            namespace for the copy, boxoffice-drill unless told otherwise; made, and removed in the end
  --folder          where the backup goes: dumps, Secrets and values, for your eyes only; a new one in the folder for temporary files unless told otherwise
  --postgres-image  PostgreSQL of the servers' major version, docker.io/library/postgres:17 unless told otherwise
  --helm            3 unless told otherwise
  --keep            leaves the copy running`;

function refuse(error: unknown): never {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exit(2);
}
function given() {
  try {
    return parseArgs({
      options: {
        namespace: { type: 'string', default: 'boxoffice' },
        release: { type: 'string', default: 'boxoffice' },
        into: { type: 'string', default: 'boxoffice-drill' },
        folder: { type: 'string' },
        'postgres-image': { type: 'string', default: 'docker.io/library/postgres:17' },
        helm: { type: 'string', default: '3' },
        keep: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error);
  }
}

const values = given();
if (values.helm !== '3' && values.helm !== '4') refuse('No such helm.');
if (values.into === values.namespace) refuse('The copy needs a namespace of its own: another --into.');
const cluster = await reachable();
if ('why' in cluster) refuse(`No cluster is reachable: ${cluster.why}.`);
const helmMajor = values.helm === '4' ? 4 : 3;
const folder = values.folder ?? (await mkdtemp(path.join(tmpdir(), 'boxoffice-backup-')));
console.log(`Backing up ${values.release} in ${values.namespace} on ${cluster.address} into ${folder}`);
try {
  await prepareHelm(helmMajor);
  const { namespace, release, into, keep } = values;
  await restoreDrill({ namespace, release, into, folder, postgresImage: values['postgres-image'], helmMajor, keep, print: console.log });
  console.log(`The backup stays in ${folder} and holds everything: put it where backups are kept, or remove it.`);
  console.log('\n1 passed, 0 failed');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`The backup is in ${folder}, the copy in namespace ${values.into}: both hold everything. Remove them once you know why.`);
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}
